"""What a process may use of the system."""

import resource
import socket


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
