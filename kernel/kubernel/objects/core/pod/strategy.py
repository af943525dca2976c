"""The rules of pods in the write pipeline."""

from collections.abc import Iterable, Mapping

from kubernel.errors import Cause, InvalidError
from kubernel.objects.causes import forbidden
from kubernel.objects.core.pod.defaults import default_pod
from kubernel.objects.core.pod.rules.spec import pod_spec_causes
from kubernel.objects.core.pod.update import status_causes, update_causes
from kubernel.ports.resource import Strategy, WriteContext
from kubernel.types.json import Object
from kubernel.types.pods import is_finished, qos_class
from kubernel.types.times import format_time
from kubernel.types.well_known import SERVICE_ACCOUNTS

_GATED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "SchedulingGated",
    "message": "Scheduling is blocked due to non-empty scheduling gates",
}


class PodStrategy(Strategy):
    """Pods start out Pending, hardly change, and go when their node has let go of them."""

    selectable_fields = (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    )

    def prepare_create(self, new: Object, context: WriteContext) -> None:
        spec = new.setdefault("spec", {})
        causes = []
        if spec.get("ephemeralContainers"):
            causes.append(forbidden("spec.ephemeralContainers", "cannot be set on create"))
        if spec.get("schedulingGates") and spec.get("nodeName"):
            causes.append(forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared"))
        if causes:
            raise InvalidError.of("Pod", new["metadata"].get("name", ""), causes)
        new["status"] = {"phase": "Pending"}
        if spec.get("schedulingGates"):
            new["status"]["conditions"] = [{**_GATED, "lastTransitionTime": format_time(context.now)}]
        if not spec.get("imagePullSecrets"):
            self._take_pull_secrets(new, context)

    @staticmethod
    def _take_pull_secrets(new: Object, context: WriteContext) -> None:
        """A pod that names no secrets for pulling images uses those of its service account."""
        spec = new["spec"]
        account = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
        found = context.reader.get(SERVICE_ACCOUNTS, f"{new['metadata'].get('namespace', '')}/{account}")
        if found and found.get("imagePullSecrets"):
            spec["imagePullSecrets"] = [dict(secret) for secret in found["imagePullSecrets"]]

    def default(self, new: Object, context: WriteContext) -> None:
        spec = new.setdefault("spec", {})
        default_pod(spec)
        status = new.setdefault("status", {})
        if not status.get("qosClass"):
            status["qosClass"] = qos_class(spec)

    def validate(self, new: Object) -> Iterable[Cause]:
        return pod_spec_causes(new["spec"], "spec")

    def validate_update(self, new: Object, old: Object) -> Iterable[Cause]:
        return update_causes(new, old)

    def validate_status(self, new: Object, old: Object) -> Iterable[Cause]:
        return status_causes(new, old)

    def selectable(self, obj: Object) -> Mapping[str, str]:
        spec, status = obj.get("spec") or {}, obj.get("status") or {}
        return {
            "spec.nodeName": spec.get("nodeName", ""),
            "spec.restartPolicy": spec.get("restartPolicy", ""),
            "spec.schedulerName": spec.get("schedulerName", ""),
            "spec.serviceAccountName": spec.get("serviceAccountName", ""),
            "spec.hostNetwork": "true" if spec.get("hostNetwork") else "false",
            "status.phase": status.get("phase", ""),
            "status.podIP": status.get("podIP", ""),
            "status.nominatedNodeName": status.get("nominatedNodeName", ""),
        }

    def grace_seconds(self, obj: Object, asked: int | None) -> int:
        """Nobody has to let go of a pod that has no node yet or is finished."""
        spec = obj.get("spec") or {}
        if not spec.get("nodeName") or is_finished(obj):
            return 0
        seconds = asked if asked is not None else int(spec.get("terminationGracePeriodSeconds", 30))
        return seconds if seconds >= 0 else 1
