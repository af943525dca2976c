"""What a view may return: an answer, or the promise of one.

Views are called on the loop's thread and must not wait. One that has to, returns a promise, which the shell keeps:

- `Deferred`: a registry pipeline, advanced to its first commit; finished when the commit is;
- `Elsewhere`: a function that is run on the thread pool and returns an answer;
- `Later`: a coroutine that is run on the loop and returns an answer;
- `OnLoop`: a function that is run on the loop's own thread and returns an answer;
- `Stream`: an answer without an end of its own: a watch, a log that is followed.

All are Flask responses, so that Flask passes them through.
"""

from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any

import orjson
from flask import Response
from werkzeug.datastructures import Headers

from kubernel.api.exchange import Exchange
from kubernel.errors import StatusError
from kubernel.registry.flow import Steps, block
from kubernel.types.json import JSON

JSON_TYPE = "application/json"


def answer(body: bytes, status: int = 200, content_type: str = JSON_TYPE, warnings: Sequence[str] = ()) -> Response:
    """A whole answer."""
    response = Response(body, status=status, content_type=content_type)
    for warning in warnings:
        response.headers.add("Warning", warning_header(warning))
    return response


def json_answer(value: JSON, status: int = 200) -> Response:
    """An answer from a value that is not encoded yet."""
    return answer(orjson.dumps(value), status)


def error_answer(error: StatusError) -> Response:
    """The `Status` of an error, as bytes that clients compare."""
    response = answer(status_body(error), error.code)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    if error.code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="kubernel"'
    return response


def status_body(error: StatusError) -> bytes:
    """Compact JSON with a newline at the end."""
    return orjson.dumps(error.status(), option=orjson.OPT_APPEND_NEWLINE)


def warning_header(text: str) -> str:
    """A warning in the form of RFC 7234 that client-go parses: code 299, no agent, a quoted text."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    quoted = printable.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 - "{quoted}"'


class Promise(Response):
    """The base of what is not an answer yet: a response only as far as Flask looks at it on its way out."""

    def __init__(self) -> None:
        self.headers = Headers()


class Deferred(Promise):
    """A write under way; `finish` turns its result into an answer. Advance it with `advance`."""

    def __init__(self, steps: Steps[Any], finish: Callable[[Any], Response]) -> None:
        super().__init__()
        self._steps, self._finish = steps, finish
        self.pending: Future[Any] | None = None

    def advance(self) -> Response:
        """Run to the next commit (this is then what `pending` waits for) or to the answer.

        :raises StatusError: what the pipeline refuses.
        """
        try:
            self.pending = self._steps.send(None)
        except StopIteration as end:
            return self._finish(end.value)
        return self

    def block(self) -> Response:
        """Run to the answer on this thread."""
        if self.pending is not None:
            self.pending.exception()
        return self._finish(block(self._steps))


def write(steps: Steps[Any], finish: Callable[[Any], Response]) -> Response:
    """Start a write: its answer, or the promise of it."""
    return Deferred(steps, finish).advance()


class Elsewhere(Promise):
    """Work that would hold up the loop."""

    def __init__(self, work: Callable[[], Response]) -> None:
        super().__init__()
        self.work = work


class Later(Promise):
    """Work that waits for others on the loop."""

    def __init__(self, work: Coroutine[Any, Any, Response]) -> None:
        super().__init__()
        self.work = work


class OnLoop(Promise):
    """The last step of a view that may have been called on the pool: a function for the loop's own thread."""

    def __init__(self, work: Callable[[], Response]) -> None:
        super().__init__()
        self.work = work


class Stream(Promise):
    """A chunked answer: `begin` is called once its head is written, and owns the exchange from then on.

    Where there is nobody any more who could take it, `discard` is called instead.
    """

    def __init__(
        self,
        begin: Callable[[Exchange], None],
        content_type: str = JSON_TYPE,
        discard: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self.begin, self.discard = begin, discard
        self.status_code = 200
        self.headers["Content-Type"] = content_type
