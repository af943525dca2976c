"""What a user can choose, as one value: from the command line, from the configuration file, and from defaults.

The file is YAML with one section per component; a section's content goes to the plugin that is chosen for it:

    plugins: {block: [NAME]}
    server: {listen: HOST:PORT, store: URL}
    runtime: {name: process, images: {...}}
    proxy: {name: userspace}
    scheduler: {name: default}
    node: {max_pods: 110}
    controllers: {deployment: {...}}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kubernel.assembly.places import base_directory
from kubernel.errors import ConfigurationError
from kubernel.types.json import JSON
from kubernel.types.names import dns_label

DEFAULT_PORT = 6443
SECTIONS = ("plugins", "server", "runtime", "proxy", "scheduler", "node", "controllers")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that `kubernel up` and the roles are told. `port` None is the usual one, 0 any that is free."""

    name: str
    data_directory: Path
    host: str = "127.0.0.1"
    port: int | None = None
    store: str = ""
    runtime: str = "process"
    proxy: str = "userspace"
    scheduler: str = "default"
    nodes: int = 1
    block: tuple[str, ...] = ()
    sections: Mapping[str, Mapping[str, JSON]] = field(default_factory=dict)

    def section(self, name: str) -> dict[str, JSON]:
        """A copy of one section of the configuration file, without the names that are chosen by `Settings` itself."""
        return {key: value for key, value in self.sections.get(name, {}).items() if key != "name"}

    @property
    def context(self) -> str:
        """The name of the kubeconfig's context, cluster and user."""
        return f"kubernel-{self.name}"


def check_name(name: str) -> str:
    """The name of a cluster, which becomes part of paths and of the kubeconfig's context.

    :raises ConfigurationError: it is no DNS label.
    """
    if dns_label(name):
        raise ConfigurationError(
            f"{name!r} cannot be a cluster's name: at most 63 lower-case letters, digits and '-', beginning and ending "
            "with a letter or digit"
        )
    return name


def default_data_directory(name: str) -> Path:
    """`$XDG_DATA_HOME/kubernel/NAME`, by the XDG base directory specification."""
    return base_directory("XDG_DATA_HOME", ".local/share") / "kubernel" / name


def parse_listen(text: str) -> tuple[str, int]:
    """Host and port of a `HOST:PORT`.

    :raises ConfigurationError: it is not of that form.
    """
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ConfigurationError(f"--listen takes HOST:PORT, such as 127.0.0.1:6443, found {text!r}")
    return host, int(port)


def load_sections(path: Path) -> dict[str, dict[str, JSON]]:
    """The sections of a configuration file.

    :raises ConfigurationError: it cannot be read, is not YAML, or has a section that nobody reads.
    """
    import yaml

    try:
        content = yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as error:
        raise ConfigurationError(f"cannot read the configuration file {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the configuration file {path} is not YAML: {' '.join(str(error).split())}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigurationError(f"the configuration file {path} must be a map of sections ({', '.join(SECTIONS)})")
    for name, section in content.items():
        if name not in SECTIONS:
            known = ", ".join(SECTIONS)
            raise ConfigurationError(f"the configuration file {path} has an unknown section {name!r}; known are {known}")
        if not isinstance(section, dict):
            raise ConfigurationError(f"section {name!r} of the configuration file {path} must be a map")
    return content
