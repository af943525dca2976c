"""Keeps the Node and its Lease: registers once, then says every few seconds that the agent is alive.

Other parts learn from `on_ready` that the node is known to the API, with the Node as it is there (a range of pod addresses may
have been given to it). A server that is away is asked again; nothing here gives up.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Executor

from kubernel.errors import AlreadyExistsError, NotFoundError, StatusError
from kubernel.node.host_facts import HostFacts, disk_bytes, host_facts, host_pressure
from kubernel.node.node_status import conditions, node_object, node_status
from kubernel.node.surroundings import Surroundings
from kubernel.ports.clock import Timer
from kubernel.types.conditions import find_condition
from kubernel.types.json import Object
from kubernel.types.references import owner_reference
from kubernel.types.times import format_micro_time
from kubernel.types.well_known import LEASES, NODES

LEASE_NAMESPACE = "kube-node-lease"
RETRY = 0.2
_ANYWAY = 5
_log = logging.getLogger(__name__)


class Registration:
    """See the module. What it does blocks, so it runs on an executor of its own, which no hanging probe can fill."""

    def __init__(
        self, surroundings: Surroundings, executor: Executor, port: Callable[[], int], on_ready: Callable[[Object], None]
    ) -> None:
        self._around, self._executor = surroundings, executor
        self._port, self._on_ready = port, on_ready
        self._facts: HostFacts | None = None
        self._node: Object | None = None
        self._timers: dict[str, Timer] = {}
        self._rounds = 0
        self._stopped = False

    @property
    def node(self) -> Object | None:
        """The Node as it was last seen; None before it is registered."""
        return self._node

    def start(self) -> None:
        self._submit(self._register)

    def stop(self) -> None:
        self._stopped = True
        for timer in self._timers.values():
            timer.cancel()

    def _submit(self, work: Callable[[], None]) -> None:
        if not self._stopped:
            try:
                self._executor.submit(self._guarded, work)
            except RuntimeError:
                # The executor was shut down between our look and our call.
                self._stopped = True

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # noqa: BLE001 - the loop of the heartbeat: whatever it is, the next beat must come
            _log.exception("node %s: the heartbeat failed", self._around.config.node_name)
            self._later(work.__name__, RETRY * 10, work)

    def _later(self, name: str, delay: float, work: Callable[[], None]) -> None:
        self._timers[name] = self._around.clock.call_later(delay, lambda: self._submit(work))

    # --- the node ----------------------------------------------------------------------------------------------------

    def _register(self) -> None:
        config = self._around.config
        self._facts = self._facts or host_facts(config.state_directory)
        wanted = node_object(config, self._facts, self._status([]))
        try:
            try:
                self._node = self._around.client.create(NODES, wanted)
            except AlreadyExistsError:
                self._node = self._take_over(wanted)
        except StatusError as error:
            _log.debug("node %s: not registered yet: %s", config.node_name, error)
            self._later("register", RETRY, self._register)
            return
        self._on_ready(self._node)
        self._later("status", config.status_interval, self._refresh)
        self._beat()

    def _take_over(self, wanted: Object) -> Object:
        """Bring the Node of an earlier run up to date; labels, taints and ranges that others set stay."""
        client, name = self._around.client, self._around.config.node_name
        known = client.get(NODES, name)
        metadata: Object = {"labels": wanted["metadata"]["labels"], "annotations": wanted["metadata"]["annotations"]}
        patch: Object = {"metadata": metadata}
        if wanted["spec"].get("podCIDR") and not known.get("spec", {}).get("podCIDR"):
            patch["spec"] = {"podCIDR": wanted["spec"]["podCIDR"], "podCIDRs": wanted["spec"]["podCIDRs"]}
        client.patch(NODES, name, patch)
        status = self._status((known.get("status") or {}).get("conditions") or [])
        return client.patch(NODES, name, {"status": status}, subresource="status")

    def _status(self, before: list[Object]) -> Object:
        config, runtime = self._around.config, self._around.runtime.status()
        assert self._facts is not None
        pressure = host_pressure(config.state_directory)
        checked = conditions(before, runtime, pressure, self._around.clock.now())
        disk = disk_bytes(config.state_directory)
        return node_status(config, self._facts, runtime, disk=disk, port=self._port(), checked=checked)

    def _refresh(self) -> None:
        """Look at the conditions; write them when one changed, when somebody else changed them, or when it is time."""
        config = self._around.config
        self._later("status", config.status_interval, self._refresh)
        self._rounds += 1
        try:
            node = self._around.client.get(NODES, config.node_name)
        except NotFoundError:
            # Somebody deleted it while the agent lives: it is registered again, as a kubelet does.
            self._register()
            return
        except StatusError as error:
            _log.debug("node %s: status not refreshed: %s", config.node_name, error)
            return
        status = self._status((node.get("status") or {}).get("conditions") or [])
        changed = any(
            (find_condition(node, condition["type"]) or {}).get("status") != condition["status"]
            for condition in status["conditions"]
        )
        if changed or self._rounds % _ANYWAY == 0:
            try:
                node = self._around.client.patch(NODES, config.node_name, {"status": status}, subresource="status")
            except StatusError as error:
                _log.debug("node %s: status not written: %s", config.node_name, error)
        self._node = node

    # --- the lease ---------------------------------------------------------------------------------------------------

    def _beat(self) -> None:
        config = self._around.config
        try:
            self._renew()
        except StatusError as error:
            _log.debug("node %s: lease not renewed: %s", config.node_name, error)
            self._later("beat", RETRY * 5, self._beat)
        else:
            self._later("beat", config.heartbeat_interval, self._beat)

    def _renew(self) -> None:
        client, name = self._around.client, self._around.config.node_name
        spec = {
            "holderIdentity": name,
            "leaseDurationSeconds": self._around.config.lease_seconds,
            "renewTime": format_micro_time(self._around.clock.now()),
        }
        try:
            client.patch(LEASES, name, {"spec": spec}, LEASE_NAMESPACE)
        except NotFoundError:
            metadata: Object = {"name": name, "namespace": LEASE_NAMESPACE}
            if self._node is not None:
                owner = owner_reference({"kind": "Node", "apiVersion": "v1", "metadata": self._node["metadata"]})
                metadata["ownerReferences"] = [{key: owner[key] for key in ("apiVersion", "kind", "name", "uid")}]
            lease = {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1", "metadata": metadata, "spec": spec}
            client.create(LEASES, lease, LEASE_NAMESPACE)
