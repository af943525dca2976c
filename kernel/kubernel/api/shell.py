"""The shell around Flask: takes exchanges from connections, calls the application inline, keeps the promises that it returns.

Called on the loop's thread. What may block (admission that calls out, stores that are not in this process) goes to a bounded pool
of threads as a whole, decided before anything has been done. Requests under way are counted, and refused with 429 beyond a bound.
"""

import asyncio
import io
import logging
import sys
import time
import zlib
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from flask import Response

from kubernel.api.answers import Deferred, Elsewhere, Later, OnLoop, Promise, Stream, error_answer, status_body
from kubernel.api.application import EXCHANGE, INFO, Application, store_away
from kubernel.api.exchange import Exchange
from kubernel.api.handover import Mailbox
from kubernel.api.metrics import Metrics
from kubernel.api.request_info import RequestInfo, is_watching, read_request
from kubernel.errors import (
    BadRequestError,
    InternalServerError,
    ServiceUnavailableError,
    StatusError,
    StoreUnavailableError,
    TooManyRequestsError,
)

_GZIP_FROM = 128 * 1024
_COMMON = (("Cache-Control", "no-cache, private"),)
_log = logging.getLogger("kubernel.api")


class Shell:
    """See the module.

    :param blocks: whether a request may block and so belongs on the pool.
    """

    def __init__(
        self,
        app: Application,
        loop: asyncio.AbstractEventLoop,
        mailbox: Mailbox,
        pool: Executor,
        metrics: Metrics,
        *,
        blocks: Callable[[RequestInfo], bool],
        most_in_flight: int,
    ) -> None:
        self._app, self._loop, self._mailbox, self._pool, self._metrics = app, loop, mailbox, pool, metrics
        self._blocks, self._most_in_flight = blocks, most_in_flight
        self._tasks: set[asyncio.Task[Response]] = set()
        self.in_flight = 0
        self.stopping = False

    def serve(self, exchange: Exchange) -> None:
        """Answer, now or later. Raises nothing."""
        info = read_request(exchange.method, exchange.path, is_watching(exchange.query))
        call = _Call(self, exchange, info)
        if self.stopping:
            call.settle(error_answer(ServiceUnavailableError("the server is stopping", retry_after=1)))
        elif self.in_flight >= self._most_in_flight and not info.long_running:
            error = TooManyRequestsError("too many requests, please try again later", retry_after=1)
            call.settle(error_answer(error))
        elif self._blocks(info):
            self.elsewhere(call, lambda: self._blocking(exchange, info))
        else:
            call.settle(self._call(exchange, info))

    def _call(self, exchange: Exchange, info: RequestInfo) -> Response:
        try:
            return self._app.answer(environ_of(exchange, info))
        except Exception as error:  # noqa: BLE001 - the worker loop: a bug answers 500, the server goes on
            return failure(error)

    def _blocking(self, exchange: Exchange, info: RequestInfo) -> Response:
        answer = self._call(exchange, info)
        return answer.block() if isinstance(answer, Deferred) else answer

    def elsewhere(self, call: "_Call", work: Callable[[], Response]) -> None:
        """Run work on the pool and settle with what it gives."""
        call.hold()
        future: Future[Response] = self._pool.submit(work)
        self._mailbox.when_done(future, lambda: call.settle(outcome(future)))

    def deferred(self, call: "_Call", promise: Deferred) -> None:
        """Go on with a write when its commit is done."""
        call.hold()
        pending = promise.pending
        assert pending is not None
        self._mailbox.when_done(pending, lambda: call.settle(attempt(promise.advance)))

    def later(self, call: "_Call", promise: Later) -> None:
        """Run a coroutine on the loop and settle with what it gives."""
        call.hold()
        task = self._loop.create_task(promise.work)
        self._tasks.add(task)

        def done(task: asyncio.Task[Response]) -> None:
            self._tasks.discard(task)
            if task.cancelled():
                call.settle(error_answer(ServiceUnavailableError("the server is stopping", retry_after=1)))
            else:
                call.settle(outcome(task))

        task.add_done_callback(done)

    def stop(self) -> None:
        """New requests are refused; what waits for others is given up."""
        self.stopping = True
        for task in list(self._tasks):
            task.cancel()

    def count(self, info: RequestInfo, code: int, seconds: float) -> None:
        self._metrics.request(info, code, seconds)

    def refusal(self, error: StatusError) -> bytes:
        """The body of an answer that a connection gives by itself."""
        return status_body(error)


class _Call:
    """One request on its way to an answer."""

    __slots__ = ("_exchange", "_held", "_info", "_shell", "_started")

    def __init__(self, shell: Shell, exchange: Exchange, info: RequestInfo) -> None:
        self._shell, self._exchange, self._info = shell, exchange, info
        self._started = time.perf_counter()
        self._held = False

    def hold(self) -> None:
        """It counts as under way until it is settled."""
        if not self._held:
            self._held = True
            self._shell.in_flight += 1

    def settle(self, response: Response) -> None:
        """Send an answer, or wait for what was promised."""
        if isinstance(response, Promise):
            if isinstance(response, Deferred):
                self._shell.deferred(self, response)
            elif isinstance(response, Elsewhere):
                self._shell.elsewhere(self, response.work)
            elif isinstance(response, Later):
                self._shell.later(self, response)
            elif isinstance(response, OnLoop):
                self.settle(attempt(response.work))
            elif isinstance(response, Stream):
                self._stream(response)
            return
        body = response.get_data() if response.is_sequence else b"".join(response.iter_encoded())
        encoding = self._exchange.headers.get("accept-encoding")
        if encoding and len(body) > _GZIP_FROM and "gzip" in encoding and "Content-Encoding" not in response.headers:
            self._shell.elsewhere(self, lambda: compressed(response, body))
            return
        self._finish(response.status_code)
        headers = [pair for pair in response.headers if pair[0] != "Content-Length"]
        self._exchange.respond(response.status_code, (*headers, *_COMMON), body)

    def _stream(self, stream: Stream) -> None:
        if not self._exchange.streamable:
            stream.discard()
            self.settle(error_answer(BadRequestError("a stream of events needs HTTP/1.1")))
            return
        self._finish(stream.status_code)
        headers = [pair for pair in stream.headers if pair[0] != "Content-Length"]
        self._exchange.open(stream.status_code, (*headers, *_COMMON))
        if self._exchange.done:  # the client has left, or asked for the head only
            stream.discard()
        else:
            stream.begin(self._exchange)

    def _finish(self, code: int) -> None:
        if self._held:
            self._held = False
            self._shell.in_flight -= 1
        self._shell.count(self._info, code, time.perf_counter() - self._started)


def attempt(work: Callable[[], Response]) -> Response:
    """What work gives, errors as answers."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - the worker loop: a bug answers 500, the server goes on
        return failure(error)


def outcome(future: "Future[Response] | asyncio.Future[Response]") -> Response:
    """What a finished future gives, errors as answers."""
    return attempt(future.result)


def failure(error: Exception) -> Response:
    """The answer to an error that came late or that nobody expected."""
    if isinstance(error, StatusError):
        return error_answer(error)
    if isinstance(error, StoreUnavailableError):
        return store_away(error)
    _log.error("a request failed", exc_info=error)
    return error_answer(InternalServerError(f"Internal error occurred: {error}"))


def compressed(response: Response, body: bytes) -> Response:
    """The same answer in gzip's form; the interpreter's lock is free meanwhile."""
    packer = zlib.compressobj(level=1, wbits=31)
    response.set_data(packer.compress(body) + packer.flush())
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    return response


def environ_of(exchange: Exchange, info: RequestInfo) -> dict[str, Any]:
    """The request as Flask wants it."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": exchange.method,
        "SCRIPT_NAME": "",
        # WSGI's texts are bytes in disguise.
        "PATH_INFO": exchange.path if exchange.path.isascii() else exchange.path.encode().decode("latin-1"),
        "QUERY_STRING": exchange.query,
        "SERVER_NAME": "kubernetes",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(exchange.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        INFO: info,
        EXCHANGE: exchange,
    }
    for name, value in exchange.headers.items():
        environ[_ENVIRON.get(name) or f"HTTP_{name.upper().replace('-', '_')}"] = value
    environ["CONTENT_LENGTH"] = str(len(exchange.body))
    return environ


_ENVIRON = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH", "host": "HTTP_HOST", "accept": "HTTP_ACCEPT"}
