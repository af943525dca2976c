"""What a process may use of the system."""

import resource


def allow_many_files() -> None:
    """Raise the soft limit of open files to the hard one: every address of a service and every connection takes some."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
