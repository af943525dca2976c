"""How one pipeline serves both an event loop and plain threads: coroutines that wait for nothing but a store's futures.

The registry's writes are `async` functions whose only awaits are `committed(store.commit(...))`. A thread runs one with
`block`; the server's loop advances it inline with `send(None)`, which gives the future to wait for, until `StopIteration`
carries the result. No asyncio is involved here.
"""

from collections.abc import Coroutine, Generator, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeAlias, TypeVar

from kubernel.errors import StatusError

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


class settled:  # noqa: N801 - reads as the verb it is: `await settled(future)`
    """Wait for a store's future, whatever comes of it."""

    def __init__(self, future: Future[Any]) -> None:
        self._future = future

    def __await__(self) -> Generator[Future[Any], None, None]:
        if not self._future.done():
            yield self._future


async def together(pipelines: Sequence[Steps[Result]]) -> list[Result | StatusError]:
    """Run pipelines side by side, so that their commits share the store's groups; gives each one's result or error, in order."""
    results: dict[int, Result | StatusError] = {}
    running = dict(enumerate(pipelines))
    pending: dict[int, Future[Any]] = {}
    while running:
        for number, steps in list(running.items()):
            if number in pending:
                await settled(pending.pop(number))
            try:
                pending[number] = steps.send(None)
            except StopIteration as end:
                results[number] = end.value
                del running[number]
            except StatusError as error:
                results[number] = error
                del running[number]
    return [results[number] for number in range(len(pipelines))]


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
