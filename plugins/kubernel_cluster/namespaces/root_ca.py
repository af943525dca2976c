"""Every namespace has a ConfigMap `kube-root-ca.crt` with the certificate that the API server's own is signed with."""

from collections.abc import Sequence

from kubernel.errors import AlreadyExistsError
from kubernel.ports.controller import ControllerContext, Watch
from kubernel.types.pods import is_terminating
from kubernel.types.well_known import CONFIG_MAPS, NAMESPACES
from kubernel_cluster.namespaces.wakening import NamespaceOf

NAME = "kube-root-ca.crt"
DESCRIPTION = "The certificate by which clients inside the cluster can verify the API server."


class RootCaController:
    """A `kubernel.ports.controller.Controller`, by the names of namespaces.

    The option `root_ca` is the certificate as PEM text; without it there is nothing to publish.
    """

    name = "root-ca-certificate-publisher"

    def __init__(self, context: ControllerContext) -> None:
        self._client = context.client
        self._root_ca = str(context.options.get("root_ca") or "")
        self._namespaces = context.client.informer(NAMESPACES)
        # Only the maps of this name are followed: there may be tens of thousands of others.
        self._selector = f"metadata.name={NAME}"
        self._maps = context.client.informer(CONFIG_MAPS, field_selector=self._selector)

    def watches(self) -> Sequence[Watch]:
        maps = Watch(CONFIG_MAPS, NamespaceOf(NAME), field_selector=self._selector)
        return (Watch(NAMESPACES), maps) if self._root_ca else ()

    def sync(self, key: str) -> float | None:
        namespace = self._namespaces.get(key)
        if namespace is None or is_terminating(namespace):
            return None
        data = {"ca.crt": self._root_ca}
        present = self._maps.get(f"{key}/{NAME}")
        if present is None:
            annotations = {"kubernetes.io/description": DESCRIPTION}
            metadata = {"name": NAME, "namespace": key, "annotations": annotations}
            try:
                self._client.create(
                    CONFIG_MAPS, {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, "data": data}, key
                )
            except AlreadyExistsError:
                # The copy did not show it yet; if it differs, its change wakes this namespace again.
                return None
        elif present.get("data") != data:
            self._client.update(CONFIG_MAPS, {**present, "data": data})
        return None
