"""Every namespace has a ServiceAccount `default`, the identity of pods that name none."""

from collections.abc import Sequence

from kubernel.errors import AlreadyExistsError
from kubernel.ports.controller import ControllerContext, Watch
from kubernel.types.pods import is_terminating
from kubernel.types.well_known import NAMESPACES, SERVICE_ACCOUNTS
from kubernel_cluster.namespaces.wakening import NamespaceOf

DEFAULT = "default"


class ServiceAccountController:
    """A `kubernel.ports.controller.Controller`, by the names of namespaces."""

    name = "serviceaccount"

    def __init__(self, context: ControllerContext) -> None:
        self._client = context.client
        self._namespaces = context.client.informer(NAMESPACES)
        self._accounts = context.client.informer(SERVICE_ACCOUNTS)

    def watches(self) -> Sequence[Watch]:
        return (Watch(NAMESPACES), Watch(SERVICE_ACCOUNTS, NamespaceOf(DEFAULT)))

    def sync(self, key: str) -> float | None:
        namespace = self._namespaces.get(key)
        if namespace is None or is_terminating(namespace) or self._accounts.get(f"{key}/{DEFAULT}") is not None:
            return None
        account = {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {"name": DEFAULT, "namespace": key}}
        try:
            self._client.create(SERVICE_ACCOUNTS, account, key)
        except AlreadyExistsError:
            # The copy did not show it yet.
            return None
        return None
