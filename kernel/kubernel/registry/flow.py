"""How one pipeline serves both an event loop and plain threads: coroutines that wait for nothing but a store's futures.

The registry's writes are `async` functions whose only awaits are `committed(store.commit(...))`. A thread runs one with
`block`; the server's loop advances it inline with `send(None)`, which gives the future to wait for, until `StopIteration`
carries the result. No asyncio is involved here.
"""

from collections.abc import Coroutine, Generator
from concurrent.futures import Future
from typing import Any, Generic, TypeAlias, TypeVar

Result = TypeVar("Result")
Steps: TypeAlias = Coroutine[Future[Any], None, Result]


class committed(Generic[Result]):  # noqa: N801 - reads as the verb it is: `await committed(future)`
    """Wait for a store's future."""

    def __init__(self, future: Future[Result]) -> None:
        self._future = future

    def __await__(self) -> Generator[Future[Result], None, Result]:
        if not self._future.done():
            yield self._future
        return self._future.result()


def block(steps: Steps[Result], timeout: float | None = None) -> Result:
    """Run a pipeline to its end on this thread.

    :raises TimeoutError: a commit took longer than `timeout` seconds; it may still be done.
    """
    try:
        while True:
            pending = steps.send(None)
            try:
                pending.exception(timeout)
            except TimeoutError:
                steps.close()
                raise
    except StopIteration as end:
        result: Result = end.value
        return result
