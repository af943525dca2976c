"""What a container leaves as its last words: its termination file, or, where it asks for that, the end of its log."""

from kubernel.node.logs.reading import last_lines
from kubernel.node.pods.container_config import log_path, termination_file
from kubernel.node.pods.stopping import container_of
from kubernel.node.surroundings import Surroundings
from kubernel.ports.runtime import ContainerStatus
from kubernel.types.json import Object

LONGEST = 4096
FALLBACK_BYTES, FALLBACK_LINES = 2048, 80


def termination_message(surroundings: Surroundings, pod: Object, status: ContainerStatus) -> str:
    """The message of a container that has ended; "" where there is none."""
    file = termination_file(surroundings, pod["metadata"]["uid"], status.name, status.attempt)
    text = ""
    if file.exists():
        with file.open("rb") as opened:
            text = opened.read(LONGEST).decode(errors="replace")
    container = container_of(pod, status.name) or {}
    if text or status.exit_code == 0 or container.get("terminationMessagePolicy") != "FallbackToLogsOnError":
        return text
    log = log_path(surroundings, pod, status.name, status.attempt)
    return last_lines(log, lines=FALLBACK_LINES, max_bytes=FALLBACK_BYTES)
