"""How a process of ours uses the system and the interpreter."""

import gc
import resource
import socket
import sys

SWITCH_SECONDS = 0.001
COLLECT_AFTER = 50_000


def allow_many_files() -> None:
    """Raise the soft limit of open files to the hard one: every address of a service and every connection takes some."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def may_listen(port: int) -> bool:
    """Whether this process has the privilege that the port takes; whether somebody else listens there is another question."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return False
        except OSError:
            return True
    return True


def tune_interpreter() -> None:
    """Threads that compute let in sooner who waits for them, by default five milliseconds: a commit takes the lock several times.
    The collector does not walk through imports and large caches for every few hundred new objects. For commands only: a cluster
    inside somebody else's process leaves that process as it is."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(COLLECT_AFTER, 20, 50)
