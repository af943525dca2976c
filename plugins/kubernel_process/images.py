"""Images that this host can stand in for: a table, not a registry.

A stock image is known by its name, whatever its tag; the tag only changes what is told (the `Server` header of `nginx:1.27`), so
that a rollout is visible. Anything else is unknown until the configuration says what it stands for: nothing is replaced in
silence.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kubernel.errors import ConfigurationError
from kubernel.ports.runtime import ImageNotFoundError
from kubernel.types.json import JSON

_STOCK_PREFIXES = (
    "docker.io/library/",
    "index.docker.io/library/",
    "public.ecr.aws/docker/library/",
    "mirror.gcr.io/library/",
    "library/",
)
_PAUSE_PREFIXES = ("registry.k8s.io/", "k8s.gcr.io/", "gcr.io/google-containers/", "gcr.io/google_containers/")
_REFERENCE = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9._/-]*(?::\d+/[a-z0-9._/-]+)?)(?::(?P<tag>\w[\w.-]{0,127}))?(?:@sha256:[0-9a-f]{64})?$"
)
WEB_SERVER = Path(__file__).with_name("web_server.py")


@dataclass(frozen=True, slots=True)
class Image:
    """What an image stands for: `command` is its entry point, `args` its default arguments."""

    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    working_directory: str = "/"
    programs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Programs that the image has and the host lacks: a command of this name becomes these words."""

    def arguments(self, command: Sequence[str], args: Sequence[str]) -> list[str]:
        """The whole command line: a pod's command replaces entry point and arguments, its args the arguments."""
        words = [*command, *args] if command else [*self.command, *(args or self.args)]
        if words and words[0].rpartition("/")[2] in self.programs:
            words[:1] = self.programs[words[0].rpartition("/")[2]]
        return words


@dataclass(frozen=True, slots=True)
class Reference:
    """An image's name, normalised, and its tag."""

    name: str
    tag: str
    text: str

    @property
    def id(self) -> str:
        return f"kubernel://{self.name}:{self.tag}"


def parse_reference(text: str) -> Reference:
    """`docker.io/library/nginx:1.27` is nginx with tag 1.27.

    :raises ImageNotFoundError: the text is no image reference.
    """
    match = _REFERENCE.match(text)
    if match is None:
        raise ImageNotFoundError(f'couldn\'t parse image name "{text}": invalid reference format')
    name = match["name"]
    for prefix in _STOCK_PREFIXES:
        if name.startswith(prefix):
            name = name[len(prefix) :]
            break
    if name in [f"{prefix}pause" for prefix in _PAUSE_PREFIXES]:
        name = "pause"
    if name.startswith("docker.io/"):
        name = name[len("docker.io/") :]
    return Reference(name, match["tag"] or "latest", text)


def _web(product: str, page: str, root: str) -> Image:
    command = (sys.executable, "-I", "-S", str(WEB_SERVER), product, page, root)
    names = {"nginx": ("nginx", "nginx-debug"), "httpd": ("httpd", "httpd-foreground", "apachectl")}
    return Image(command=command, programs=dict.fromkeys(names[page], (*command, "--")))


def _stock(reference: Reference) -> Image | None:
    version = reference.tag.partition("-")[0]
    told = f"/{version}" if version[:1].isdigit() else ""
    match reference.name:
        case "busybox" | "alpine" | "debian" | "ubuntu":
            shell = "sh" if reference.name in ("busybox", "alpine") else "bash"
            return Image(args=(shell,))
        case "python":
            return Image(args=(sys.executable,), environment={"LANG": "C.UTF-8"}, programs=_python_programs())
        case "nginx":
            return _web(f"nginx{told}", "nginx", "/usr/share/nginx/html")
        case "httpd":
            return _web(f"Apache{told}", "httpd", "/usr/local/apache2/htdocs")
        case "pause":
            return Image(command=("sleep", "infinity"))
        case _:
            return None


def _python_programs() -> dict[str, tuple[str, ...]]:
    names = ("python", "python3", f"python3.{sys.version_info.minor}")
    return dict.fromkeys(names, (sys.executable,))


STOCK = ("alpine", "busybox", "debian", "httpd", "nginx", "pause", "python", "ubuntu")


class Images:
    """The stock images and those of the configuration, which come first."""

    def __init__(self, configured: Mapping[str, Image]) -> None:
        self._configured = dict(configured)

    def find(self, text: str) -> tuple[Reference, Image]:
        """
        :raises ImageNotFoundError: nobody knows it; the message says what there is.
        """
        reference = parse_reference(text)
        for name in (text, f"{reference.name}:{reference.tag}", reference.name):
            if name in self._configured:
                return reference, self._configured[name]
        image = _stock(reference)
        if image is None:
            known = ", ".join(sorted({*STOCK, *self._configured}))
            raise ImageNotFoundError(
                f'image "{text}" is unknown to the process runtime, which runs programs of this host and pulls nothing: it has '
                f"{known}; name a command for it under `images` in the runtime's configuration, or use a runtime with real images"
            )
        return reference, image


def read_image(name: str, entry: JSON) -> Image:
    """An image from the configuration: `command`, `args`, `environment`, `working_directory`.

    :raises ConfigurationError: the entry is wrong.
    """
    if not isinstance(entry, Mapping):
        raise ConfigurationError(f"runtime process: image {name!r} must be a map with command, args, environment")
    unknown = sorted(set(entry) - {"command", "args", "environment", "working_directory"})
    if unknown:
        raise ConfigurationError(f"runtime process: image {name!r} has the unknown setting {unknown[0]!r}")
    words: dict[str, tuple[str, ...]] = {}
    for part in ("command", "args"):
        value = entry.get(part, [])
        if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
            raise ConfigurationError(f"runtime process: {part} of image {name!r} must be a list of texts")
        words[part] = tuple(value)
    environment = {str(key): str(value) for key, value in (entry.get("environment") or {}).items()}
    return Image(words["command"], words["args"], environment, str(entry.get("working_directory", "/")))
