"""How an API server is to run, as one value."""

from dataclasses import dataclass, field
from pathlib import Path

from kubernel.api.connection import Limits
from kubernel.api.hub import HubOptions
from kubernel.api.pki import Pki
from kubernel.ports.auth import Authenticator, Authorizer


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How the server is to run.

    `advertise` is the address that the service `kubernetes` points at, `service_address` and `service_port` that service's own;
    `hosts` are further names and addresses for the server's certificate. `token_file` holds static bearer tokens; it is made when
    it is absent.
    """

    pki: Pki
    host: str = "127.0.0.1"
    port: int = 0
    advertise: str = "127.0.0.1"
    service_address: str = "127.96.0.1"
    service_port: int = 443
    hosts: tuple[str, ...] = ()
    token_file: Path | None = None
    authenticators: tuple[Authenticator, ...] = ()
    authorizers: tuple[Authorizer, ...] = ()
    limits: Limits = field(default_factory=Limits)
    hub: HubOptions = field(default_factory=HubOptions)
    threads: int = 16
    most_in_flight: int = 1000
    stop_seconds: float = 10.0
