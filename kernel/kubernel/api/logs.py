"""The `log` subresource of pods: which container, on which node, then passed through as the node's agent sends it."""

import asyncio
from urllib.parse import quote, urlencode

from flask import Response

from kubernel.api.answers import Later, Stream, answer
from kubernel.api.asked import Asked, not_allowed
from kubernel.api.exchange import Exchange
from kubernel.api.query import Query
from kubernel.api.upstream import Place, Upstream, UpstreamAnswer
from kubernel.errors import BadRequestError, InternalServerError, NotFoundError, ServiceUnavailableError, StatusError
from kubernel.registry.registry import Registry
from kubernel.types.json import Object
from kubernel.types.times import parse_time
from kubernel.types.well_known import NODES

TEXT = "text/plain"
_NUMBERS = ("sinceSeconds", "tailLines", "limitBytes")
_FLAGS = ("follow", "previous", "timestamps")


class Logs:
    """See the module."""

    def __init__(self, registry: Registry, upstream: Upstream | None) -> None:
        self._registry, self._upstream = registry, upstream
        self._copies: set[asyncio.Task[None]] = set()

    def view(self, asked: Asked) -> Response:
        """GET `pods/NAME/log`."""
        if asked.info.verb != "get":
            raise not_allowed()
        pod = self._registry.get(asked.definition, asked.namespace, asked.info.name).object
        container = choose_container(pod, asked.query.text("container"))
        options = log_options(asked.query)
        node = pod["spec"].get("nodeName")
        if not node:
            return answer(b"", 200, TEXT)  # nothing has run yet
        place = self._place(node)
        path = "/".join(quote(part, safe="") for part in ("containerLogs", asked.namespace, asked.info.name, container))
        return Later(self._fetch(place, f"/{path}?{urlencode(options)}" if options else f"/{path}"))

    def _place(self, name: str) -> Place:
        """:raises NotFoundError: there is no such node. :raises ServiceUnavailableError: its agent has not said where it is."""
        node = self._registry.get(self._registry.table.definition(NODES), "", name).object
        status = node.get("status") or {}
        port = ((status.get("daemonEndpoints") or {}).get("kubeletEndpoint") or {}).get("Port")
        addresses = {a.get("type"): a.get("address") for a in status.get("addresses") or ()}
        host = addresses.get("InternalIP") or addresses.get("ExternalIP") or addresses.get("Hostname")
        if not host or not port:
            raise ServiceUnavailableError(f'node "{name}" has not said where its agent answers')
        return Place(name, str(host), int(port))

    async def _fetch(self, place: Place, target: str) -> Response:
        if self._upstream is None:
            raise ServiceUnavailableError("this server has no certificate to ask nodes with")
        found = await self._upstream.get(place, target)
        if found.status != 200:
            try:
                raise upstream_error(found.status, (await found.text()).strip())
            finally:
                found.close()
        return Stream(lambda exchange: self._begin(found, exchange), TEXT, discard=found.close)

    def _begin(self, found: UpstreamAnswer, exchange: Exchange) -> None:
        task = asyncio.get_running_loop().create_task(copy(found, exchange))
        self._copies.add(task)
        task.add_done_callback(self._copies.discard)

    def close(self) -> None:
        """End the logs that are being followed."""
        for task in list(self._copies):
            task.cancel()


async def copy(found: UpstreamAnswer, exchange: Exchange) -> None:
    """Pass the body on, no faster than the client takes it; ends when either side does."""
    room = asyncio.Event()
    task = asyncio.current_task()
    assert task is not None
    exchange.on_drain = room.set
    exchange.on_close = lambda: _cancel(task)
    try:
        async for piece in found.pieces():
            exchange.chunk(piece)
            while exchange.paused and not exchange.done:
                room.clear()
                await room.wait()
    finally:
        found.close()
        exchange.end()


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()


def upstream_error(status: int, text: str) -> StatusError:
    """What a node's plain refusal is to the client."""
    kinds: dict[int, type[StatusError]] = {400: BadRequestError, 404: NotFoundError, 503: ServiceUnavailableError}
    return kinds.get(status, InternalServerError)(text or f"the node answered {status}")


def choose_container(pod: Object, asked: str) -> str:
    """The container that is meant.

    :raises BadRequestError: there is none of that name, or none was named and there are several.
    """
    spec, name = pod["spec"], pod["metadata"]["name"]
    containers = [c["name"] for c in spec.get("containers") or ()]
    initial = [c["name"] for c in spec.get("initContainers") or ()]
    ephemeral = [c["name"] for c in spec.get("ephemeralContainers") or ()]
    if asked:
        if asked not in (*containers, *initial, *ephemeral):
            raise BadRequestError(f"container {asked} is not valid for pod {name}")
        return asked
    if len(containers) == 1:
        return str(containers[0])
    message = f"a container name must be specified for pod {name}, choose one of: [{' '.join(containers)}]"
    if initial:
        message += f" or one of the init containers: [{' '.join(initial)}]"
    if ephemeral:
        message += f" or one of the ephemeral containers: [{' '.join(ephemeral)}]"
    raise BadRequestError(message)


def log_options(query: Query) -> dict[str, str]:
    """What the node is asked for.

    :raises BadRequestError: a value cannot be read, or two contradict each other.
    """
    options: dict[str, str] = {}
    for field in _FLAGS:
        if query.flag(field):
            options[field] = "true"
    for field in _NUMBERS:
        number = query.number(field)
        if number is not None:
            if number < (0 if field == "tailLines" else 1):
                raise BadRequestError(f"{field} must be greater than {'or equal to ' if field == 'tailLines' else ''}0")
            options[field] = str(number)
    since = query.text("sinceTime")
    if since:
        if "sinceSeconds" in options:
            raise BadRequestError("at most one of sinceTime or sinceSeconds may be specified")
        try:
            parse_time(since)
        except ValueError as error:
            raise BadRequestError(f"sinceTime must be a time as in RFC 3339: {error}") from error
        options["sinceTime"] = since
    return options
