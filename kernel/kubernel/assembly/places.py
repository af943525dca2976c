"""Where a user's things lie: the home directory, and the base directories of the XDG specification below it."""

import os
import pwd
from pathlib import Path

from kubernel.errors import ConfigurationError


def home_directory() -> Path:
    """`$HOME`, or what the system's user table says.

    :raises ConfigurationError: neither says anything.
    """
    try:
        return Path(os.environ.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError as error:
        raise ConfigurationError("this user has no home directory; set HOME, or give --data-dir and --kubeconfig") from error


def base_directory(variable: str, usual: str) -> Path:
    """What the variable names, or `usual` below the home directory; by the specification only an absolute path counts.

    :raises ConfigurationError: it would be below the home directory, and there is none.
    """
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else home_directory() / usual
