"""What a node agent is told: its name, its place on disk, its address, how many pods it takes, how often it looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kubernel.types.json import Object


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """Certificates are PEM, as bytes or as the path of a file; without them the agent serves no logs.

    Times are in seconds.
    """

    node_name: str
    state_directory: Path
    address: str = "127.0.0.1"
    pod_cidr: str = ""
    """The range that pods get their addresses from; "" takes the node's `spec.podCIDR`."""
    tls_certificate: bytes | Path = b""
    tls_key: bytes | Path = b""
    client_ca: bytes | Path = b""
    port: int = 0
    """Where the agent's own server listens; 0 takes any that is free."""
    max_pods: int = 110
    capacity: Mapping[str, str] = field(default_factory=dict)
    """Replaces or adds to what this host is found to have (`cpu`, `memory`, `ephemeral-storage` ...)."""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Object] = ()
    kubelet_version: str = ""
    """`nodeInfo.kubeletVersion`; "" is this kernel's own."""
    lease_seconds: int = 40
    heartbeat_interval: float = 10.0
    status_interval: float = 60.0
    """How often the node's conditions are looked at; they are written at once when one changes, and every fifth time anyway."""
    sync_interval: float = 60.0
    """How often each pod is looked at without any reason to."""
    relist_interval: float = 5.0
    """How often the runtime is asked for changes that it did not tell."""
    reference_seconds: float = 30.0
    """How long a ConfigMap or Secret that was read may be old before a volume is brought up to date."""
    log_max_bytes: int = 10 << 20
    log_max_files: int = 5
    log_check_interval: float = 10.0
    workers: int = 4
    jobs: int = 8
    """How many probes, hooks and pulls run at the same time."""
    stop_seconds: float = 3.0
    """How long pods may take to end when the agent stops and takes them with it."""
