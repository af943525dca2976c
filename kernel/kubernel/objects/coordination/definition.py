"""The definition of leases and their rules: durations and counts that make sense."""

from collections.abc import Iterable

from kubernel.errors import Cause
from kubernel.objects.causes import invalid
from kubernel.objects.columns import AGE, NAME
from kubernel.objects.coordination.schema import Lease
from kubernel.ports.resource import Column, ResourceDefinition, Strategy
from kubernel.types.json import Object
from kubernel.types.well_known import LEASES


class LeaseStrategy(Strategy):
    """A lease is only ever replaced by someone who has seen its present state: that is what makes it one."""

    create_on_update = True
    unconditional_update = False
    generation = False

    def validate(self, new: Object) -> Iterable[Cause]:
        spec = new.get("spec") or {}
        seconds, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
        if seconds is not None and seconds <= 0:
            yield invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")
        if transitions is not None and transitions < 0:
            yield invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0")
        if spec.get("preferredHolder") and not spec.get("strategy"):
            detail = "may only be specified if `strategy` is defined"
            yield Cause("FieldValueForbidden", f"Forbidden: {detail}", "spec.preferredHolder")


LEASE = ResourceDefinition(
    LEASES,
    "Lease",
    Lease,
    strategy=LeaseStrategy(),
    columns=(
        NAME,
        Column("Holder", "string", lambda obj, now: (obj.get("spec") or {}).get("holderIdentity", ""), "who holds it"),
        AGE,
    ),
    description="who holds a role",
)
