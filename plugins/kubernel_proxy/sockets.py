"""Sockets as the proxy wants them, and what the operating system's refusals mean in plain words."""

import errno
import os
import socket
import struct
from pathlib import Path

_RESET = struct.pack("ii", 1, 0)


class BindError(Exception):
    """An address cannot be had on this host; the message is for the people who own the service."""


def family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def bind(protocol: str, address: str, port: int) -> socket.socket:
    """A non-blocking socket that holds the address; a TCP one does not listen yet, so connections to it are refused.

    :raises BindError: the host does not give it.
    """
    kind = socket.SOCK_STREAM if protocol == "TCP" else socket.SOCK_DGRAM
    try:
        sock = socket.socket(family_of(address), kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    except OSError as error:
        raise BindError(_plain(error, address, port)) from error
    try:
        if protocol == "TCP":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
    except OSError as error:
        sock.close()
        raise BindError(_plain(error, address, port)) from error
    return sock


def listen(sock: socket.socket) -> None:
    """Begin to take connections.

    :raises BindError: somebody else listens there.
    """
    try:
        sock.listen(socket.SOMAXCONN)
    except OSError as error:
        address, port = sock.getsockname()[:2]
        raise BindError(_plain(error, address, port)) from error


def stop_listening(sock: socket.socket) -> None:
    """Refuse connections from now on but keep the address: Linux lets a listening socket fall back to a bound one."""
    sock.shutdown(socket.SHUT_RDWR)


def quick(sock: socket.socket) -> None:
    """No waiting for full segments, and a dead peer is found out some day."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def abort(sock: socket.socket) -> None:
    """Close with a reset, so that the peer knows that this was not the end it waited for."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    sock.close()


def _plain(error: OSError, address: str, port: int) -> str:
    place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    match error.errno:
        case errno.EACCES | errno.EPERM if port < 1024:
            return (
                f"cannot listen on {place}: ports below {_first_free_port()} need privileges here; run kubernel as root, give "
                "it CAP_NET_BIND_SERVICE, or lower the limit with `sysctl net.ipv4.ip_unprivileged_port_start=0`"
            )
        case errno.EADDRINUSE:
            return f"cannot listen on {place}: another program on this host uses that port"
        case errno.EADDRNOTAVAIL:
            return f"cannot listen on {place}: this host does not have the address {address}"
        case errno.EMFILE | errno.ENFILE:
            return f"cannot listen on {place}: too many open files; raise the limit (`ulimit -n`)"
        case _:
            return f"cannot listen on {place}: {os.strerror(error.errno or 0).lower()}"


def _first_free_port() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 1024
