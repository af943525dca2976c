"""Leader election by a Lease, as Kubernetes' components do it: of several processes one works, the others stand by.

A candidate never compares its own wall clock with another's: it measures by its own monotonic clock how long the lease has
stood unchanged. The leader gives up by itself when it could not renew in time, before another one may take over.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from kubernel.errors import NotFoundError, StatusError
from kubernel.ports.client import Client
from kubernel.ports.clock import Clock
from kubernel.types.json import Object
from kubernel.types.times import format_micro_time
from kubernel.types.well_known import LEASES

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LeaderTerms:
    """Seconds: how long a lease holds without renewal, how long its holder tries to renew, and how often anybody tries."""

    lease: float = 15.0
    renew: float = 10.0
    retry: float = 2.0


class Elector:
    """One candidate. `gained` and `lost` are called on the elector's thread, in turn, never at the same time.

    :param identity: the name of this candidate, of which there must be one only.
    """

    def __init__(
        self,
        client: Client,
        clock: Clock,
        name: str,
        identity: str,
        *,
        gained: Callable[[], None],
        lost: Callable[[], None],
        namespace: str = "kube-system",
        terms: LeaderTerms | None = None,
    ) -> None:
        self._client, self._clock = client, clock
        self._name, self._namespace, self._identity = name, namespace, identity
        self._gained, self._lost = gained, lost
        self._terms = terms or LeaderTerms()
        self._seen_version, self._seen_at = "", 0.0
        self._renewed_at = 0.0
        self._leading = False
        self._taken = False
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def leading(self) -> bool:
        return self._leading

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=f"elector-{self._name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Step down: `lost` is called if this one led, and the lease is given free so that another takes over at once."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        else:
            self._step_down()

    def turn(self) -> float:
        """One try to win or to keep the lease; gives the seconds until the next one."""
        try:
            won = self._try()
        except StatusError as error:
            _log.info("lease %s/%s: %s", self._namespace, self._name, error)
            won = False
        now = self._clock.monotonic()
        if won:
            self._renewed_at = now
            if not self._leading:
                self._leading = True
                self._gained()
        elif self._leading and (now - self._renewed_at > self._terms.renew or self._taken):
            self._leading = False
            self._lost()
        return self._terms.retry

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            timer = self._clock.call_later(self.turn(), self._wake.set)
            if not self._stopping.is_set():
                self._wake.wait()
            timer.cancel()
        self._step_down()

    def _try(self) -> bool:
        self._taken = False
        now = self._clock.monotonic()
        try:
            lease = self._client.get(LEASES, self._name, self._namespace)
        except NotFoundError:
            self._client.create(LEASES, self._lease(None), self._namespace)
            return True
        version = lease["metadata"]["resourceVersion"]
        if version != self._seen_version:
            self._seen_version, self._seen_at = version, now
        spec = lease.get("spec") or {}
        holder = spec.get("holderIdentity") or ""
        held = float(spec.get("leaseDurationSeconds") or self._terms.lease)
        if holder not in ("", self._identity) and now - self._seen_at <= held:
            self._taken = True
            return False
        written = self._client.update(LEASES, self._lease(lease))
        self._seen_version, self._seen_at = written["metadata"]["resourceVersion"], now
        return True

    def _lease(self, before: Object | None) -> Object:
        moment = format_micro_time(self._clock.now())
        spec: Object = {
            "holderIdentity": self._identity,
            "leaseDurationSeconds": int(self._terms.lease),
            "acquireTime": moment,
            "renewTime": moment,
            "leaseTransitions": 0,
        }
        if before is None:
            metadata = {"name": self._name, "namespace": self._namespace}
            return {"kind": "Lease", "apiVersion": LEASES.api_version, "metadata": metadata, "spec": spec}
        old = before.get("spec") or {}
        spec["leaseTransitions"] = int(old.get("leaseTransitions") or 0)
        if old.get("holderIdentity") == self._identity:
            spec["acquireTime"] = old.get("acquireTime") or moment
        else:
            spec["leaseTransitions"] += 1
        return {**before, "spec": {**old, **spec}}

    def _step_down(self) -> None:
        if not self._leading:
            return
        self._leading = False
        self._lost()
        try:
            lease = self._client.get(LEASES, self._name, self._namespace)
            spec = lease.get("spec") or {}
            if spec.get("holderIdentity") == self._identity:
                free = {**spec, "holderIdentity": "", "leaseDurationSeconds": 1}
                self._client.update(LEASES, {**lease, "spec": free})
        except StatusError as error:
            _log.info("lease %s/%s could not be given free: %s", self._namespace, self._name, error)
