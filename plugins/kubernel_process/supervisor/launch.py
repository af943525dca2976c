"""Starting the supervisor so that nothing ties it to whoever started it.

The command returns when the supervisor listens, or at once when another one serves this directory already; so the agent just
waits for it. Then the process that goes on has left the agent's session, process group, directory and descriptors.
"""

import fcntl
import os
import socket
import sys
from pathlib import Path

from kubernel_process.records import Layout
from kubernel_process.supervisor.server import Server


def launch(directory: Path) -> int:
    """Become the supervisor of this directory; the exit code of the command."""
    layout = Layout(directory)
    lock = os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    listener = listen(layout.socket)
    if os.fork():
        return 0
    os.setsid()
    os.chdir("/")
    try:
        Server(layout, listener).run()
    finally:
        layout.socket.unlink(missing_ok=True)
    return 0


def listen(path: Path) -> socket.socket:
    """A unix socket for the owner only.

    The address of a unix socket is limited to 107 bytes; through a descriptor of its directory any path is short enough.
    """
    path.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_PATH | os.O_CLOEXEC)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(f"/proc/self/fd/{directory}/{path.name}")
    finally:
        os.umask(mask)
        os.close(directory)
    listener.listen(16)
    listener.setblocking(False)
    sys.stdout.flush()
    return listener
