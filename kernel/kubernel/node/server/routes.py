"""What the node's server answers: the paths are those of a kubelet, so that any Kubernetes API server finds them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import orjson

from kubernel.errors import BadRequestError, NotFoundError, StatusError
from kubernel.node.logs.reading import LogOptions, LogReader
from kubernel.node.server.http import Reply, Request, refusal
from kubernel.ports.clock import Clock
from kubernel.types.json import Object
from kubernel.types.numbers import whole_number
from kubernel.types.times import parse_time

FOLLOW_SECONDS = 0.1
"""How often a log that is followed is looked at."""

_CENTURY_SECONDS = 100 * 366 * 86400  # longer ago than any log; what no calendar reaches is asked for as well


class LogSource(Protocol):
    """Who knows the containers' logs."""

    def log_of(self, namespace: str, pod: str, container: str, *, previous: bool) -> "tuple[Path, Callable[[], bool]]":
        """The file, and whether more may still come.

        :raises StatusError: there is no such log; the message is for the user.
        """

    def pods(self) -> Sequence[Object]:
        """The pods that run here."""


class Routes:
    """See the module."""

    def __init__(self, source: LogSource, clock: Clock) -> None:
        self._source, self._clock = source, clock

    def reply(self, request: Request) -> Reply:
        """The answer to a request."""
        if request.method != "GET":
            return refusal(405, f"the node offers GET only, not {request.method}")
        try:
            match request.parts:
                case ("healthz",):
                    return Reply(body=b"ok")
                case ("pods",):
                    body = {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": list(self._source.pods())}
                    return Reply(body=orjson.dumps(body), kind="application/json")
                case ("containerLogs", namespace, pod, container):
                    return self._logs(namespace, pod, container, request.query)
                case _:
                    return refusal(404, f"there is nothing at /{'/'.join(request.parts)}")
        except StatusError as error:
            return refusal(error.code, error.message)

    def _logs(self, namespace: str, pod: str, container: str, query: Mapping[str, str]) -> Reply:
        options = log_options(query, self._clock.now())
        path, growing = self._source.log_of(namespace, pod, container, previous=options.previous)
        follows = options.follow and not options.previous
        return Reply(pieces=_pieces(LogReader(path, options), growing if follows else lambda: False))


async def _pieces(reader: LogReader, growing: Callable[[], bool]) -> AsyncIterator[bytes]:
    try:
        while True:
            # Asked first, read after: what was written before the end is then certainly there.
            more = growing()
            for piece in reader.read():
                yield piece
                await asyncio.sleep(0)
            if reader.exhausted or not more:
                return
            await asyncio.sleep(FOLLOW_SECONDS)
    finally:
        reader.close()


def log_options(query: Mapping[str, str], now: datetime) -> LogOptions:
    """The options of a request for a log.

    :raises BadRequestError: one of them cannot be read.
    """
    since: datetime | None = None
    if "sinceTime" in query:
        try:
            since = parse_time(query["sinceTime"])
        except ValueError as error:
            raise BadRequestError(f"invalid sinceTime: {error}") from error
    seconds = _number(query, "sinceSeconds")
    if seconds is not None:
        since = now - timedelta(seconds=min(seconds, _CENTURY_SECONDS))
    return LogOptions(
        follow=_flag(query, "follow"),
        previous=_flag(query, "previous"),
        since=since,
        tail=_number(query, "tailLines") if query.get("tailLines") != "all" else None,
        limit_bytes=_number(query, "limitBytes"),
        timestamps=_flag(query, "timestamps"),
    )


def _flag(query: Mapping[str, str], name: str) -> bool:
    return query.get(name, "false").lower() in ("true", "1")


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    number = whole_number(text)
    if number is None:
        raise BadRequestError(f"invalid {name}: a number that is not negative is expected, found {text!r}")
    return number


def no_log(pod: str, container: str, why: str) -> StatusError:
    """There is nothing to read yet."""
    return BadRequestError(f'container "{container}" in pod "{pod}" is {why}')


def no_pod(namespace: str, pod: str) -> StatusError:
    """The pod is not of this node."""
    return NotFoundError(f'pod "{pod}" in namespace "{namespace}" does not run on this node')
