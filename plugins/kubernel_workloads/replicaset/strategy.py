"""The rules of replica sets: what every workload demands of its selector and template, and a status that adds up."""

from collections.abc import Iterable

from kubernel.errors import Cause
from kubernel.objects.causes import required
from kubernel.ports.resource import Strategy, WriteContext
from kubernel.types.json import Object
from kubernel_workloads.templates import count_causes, default_template, selector_update_causes, workload_causes

_SMALLER = (
    ("fullyLabeledReplicas", "replicas"),
    ("readyReplicas", "replicas"),
    ("availableReplicas", "replicas"),
    ("availableReplicas", "readyReplicas"),
)


class ReplicaSetStrategy(Strategy):
    """See the module."""

    def default(self, new: Object, context: WriteContext) -> None:
        default_template(new.setdefault("spec", {}))

    def validate(self, new: Object) -> Iterable[Cause]:
        spec = new["spec"]
        if spec.get("template") is None:
            yield required("spec.template")
        yield from workload_causes(spec, "replicaset", "spec")

    def validate_update(self, new: Object, old: Object) -> Iterable[Cause]:
        return selector_update_causes(new["spec"], old.get("spec") or {}, "spec")

    def validate_status(self, new: Object, old: Object) -> Iterable[Cause]:
        return count_causes(new.get("status") or {}, _SMALLER)
