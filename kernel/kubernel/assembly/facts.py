"""What the first process tells the other parts of their cluster, as values without any import that weighs."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """What the parts must know of their cluster; addresses are ranges like 127.64.0.0/16, `root_ca` is PEM."""

    pod_cidr: str
    service_cidr: str
    root_ca: str


@dataclass(frozen=True, slots=True)
class NodeIdentity:
    """A node's name, its place on disk, and the PEM files with which its agent serves logs."""

    name: str
    directory: Path
    certificate: Path
    key: Path
    client_ca: Path
