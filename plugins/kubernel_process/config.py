"""What can be configured: further images, whether to try mount paths, what every container's environment has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kubernel.errors import ConfigurationError
from kubernel.types.json import JSON
from kubernel_process.images import Image, read_image

_KNOWN = {"state_directory", "node_name", "images", "mounts", "environment"}


@dataclass(frozen=True, slots=True)
class ProcessConfig:
    """See the module."""

    directory: Path
    """The runtime's own, below the node's state directory."""
    node_name: str = ""
    images: Mapping[str, Image] = field(default_factory=dict)
    mounts: bool = True
    """Try to give containers their volumes at their mount paths; False uses environment variables only."""
    environment: Mapping[str, str] = field(default_factory=dict)


def read_config(config: Mapping[str, JSON]) -> ProcessConfig:
    """
    :raises ConfigurationError: something is misspelt or has the wrong type.
    """
    unknown = sorted(set(config) - _KNOWN)
    if unknown:
        raise ConfigurationError(f"runtime process: unknown setting {unknown[0]!r}; there are {', '.join(sorted(_KNOWN))}")
    if not config.get("state_directory"):
        raise ConfigurationError("runtime process: state_directory is missing")
    mounts = config.get("mounts", "auto")
    if mounts not in ("auto", "never"):
        raise ConfigurationError(f"runtime process: mounts must be auto or never, found {mounts!r}")
    images = config.get("images") or {}
    environment = config.get("environment") or {}
    if not isinstance(images, Mapping) or not isinstance(environment, Mapping):
        raise ConfigurationError("runtime process: images and environment must be maps")
    return ProcessConfig(
        directory=Path(str(config["state_directory"])) / "runtime",
        node_name=str(config.get("node_name", "")),
        images={str(name): read_image(str(name), entry) for name, entry in images.items()},
        mounts=mounts == "auto",
        environment={str(name): str(value) for name, value in environment.items()},
    )
