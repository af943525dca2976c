"""What this server says it is: clients decide by it what they may ask for, so it looks like the Kubernetes that it speaks."""

import platform
from importlib.metadata import PackageNotFoundError, version

from kubernel.types.json import Object

MAJOR, MINOR = "1", "32"


def version_info() -> Object:
    """The answer of `/version`."""
    try:
        ours = version("kubernel")
    except PackageNotFoundError:
        ours = "0"
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return {
        "major": MAJOR,
        "minor": MINOR,
        "gitVersion": f"v{MAJOR}.{MINOR}.0+kubernel-{ours}",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": f"python{platform.python_version()}",
        "compiler": platform.python_implementation(),
        "platform": f"{platform.system().lower()}/{machine}",
    }
