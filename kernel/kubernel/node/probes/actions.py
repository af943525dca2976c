"""One question to a container: `httpGet`, `tcpSocket`, `exec`. Each gives an answer in time or says what went wrong.

These block, for at most their timeout; whoever calls them has a thread to spare.
"""

import http.client
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kubernel.ports.runtime import Runtime, RuntimeFault
from kubernel.types.json import Object
from kubernel.types.numbers import whole_number

LONGEST = 10 * 1024
AGENT = "kube-probe/1.32"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`success` None says that nothing was learned: the question could not be asked."""

    success: bool | None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask."""

    container: Object
    container_id: str
    address: str


class UnsupportedActionError(Exception):
    """This agent cannot ask in this way; the message says so."""


def action_of(handler: Object, target: Target, runtime: Runtime, timeout: float) -> Callable[[], Outcome]:
    """The question that a probe or hook describes.

    :raises UnsupportedActionError: it is of a kind that is not offered.
    """
    if "httpGet" in handler:
        request = handler["httpGet"]
        port = port_number(request["port"], target.container)
        return lambda: http_get(request, target.address, port, timeout)
    if "tcpSocket" in handler:
        wanted = handler["tcpSocket"]
        host, port = wanted.get("host") or target.address, port_number(wanted["port"], target.container)
        return lambda: tcp_connect(host, port, timeout)
    if "exec" in handler:
        command = handler["exec"].get("command") or ()
        return lambda: run_command(runtime, target.container_id, command, timeout)
    kind = next((key for key in ("grpc",) if key in handler), "unknown")
    raise UnsupportedActionError(
        f"this node does not offer {kind} probes, so nothing is concluded from them; use httpGet, tcpSocket or exec"
    )


def port_number(port: int | str, container: Object) -> int:
    """A port by number or by its name in the container.

    :raises UnsupportedActionError: there is no port of that name.
    """
    if isinstance(port, int):
        return port
    number = whole_number(port)
    if number is not None:
        return number
    for entry in container.get("ports") or ():
        if entry.get("name") == port:
            return int(entry["containerPort"])
    raise UnsupportedActionError(f"container {container['name']} has no port named {port}")


def http_get(request: Object, address: str, port: int, timeout: float) -> Outcome:
    """Success is an answer from 200 to 399; where a redirect leads to is not looked at."""
    host = request.get("host") or address
    path = request.get("path") or "/"
    if not path.startswith("/"):
        path = f"/{path}"
    scheme = (request.get("scheme") or "HTTP").upper()
    url = f"{scheme.lower()}://{host}:{port}{path}"
    headers = {"User-Agent": AGENT, "Accept": "*/*", "Connection": "close"}
    for header in request.get("httpHeaders") or ():
        headers[header["name"]] = header.get("value", "")
    connection: http.client.HTTPConnection
    if scheme == "HTTPS":
        connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=_unverified())
    else:
        connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read(LONGEST)
    except TimeoutError:
        return Outcome(False, f'Get "{url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)')
    except ConnectionRefusedError:
        return Outcome(False, f'Get "{url}": dial tcp {host}:{port}: connect: connection refused')
    except (OSError, http.client.HTTPException) as error:
        return Outcome(False, f'Get "{url}": {str(error) or type(error).__name__}')
    finally:
        connection.close()
    if 200 <= answer.status < 400:
        return Outcome(True, body.decode(errors="replace"))
    return Outcome(False, f"HTTP probe failed with statuscode: {answer.status}")


def tcp_connect(host: str, port: int, timeout: float) -> Outcome:
    """Success is a connection, closed at once."""
    try:
        socket.create_connection((host, port), timeout).close()
    except TimeoutError:
        return Outcome(False, f"dial tcp {host}:{port}: i/o timeout")
    except ConnectionRefusedError:
        return Outcome(False, f"dial tcp {host}:{port}: connect: connection refused")
    except OSError as error:
        return Outcome(False, f"dial tcp {host}:{port}: {error.strerror or error}")
    return Outcome(True)


def run_command(runtime: Runtime, container_id: str, command: Sequence[str], timeout: float) -> Outcome:
    """Success is exit code 0."""
    try:
        result = runtime.exec(container_id, command, timeout)
    except TimeoutError:
        return Outcome(False, f"command timed out: {' '.join(command)!r} timed out after {timeout:g}s")
    except RuntimeFault as fault:
        return Outcome(False, str(fault))
    text = result.output[:LONGEST].decode(errors="replace")
    return Outcome(result.exit_code == 0, text)


def _unverified() -> ssl.SSLContext:
    # A probe asks whether somebody answers, not who: pods have certificates of every kind.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
