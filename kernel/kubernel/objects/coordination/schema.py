"""Leases: who holds a role, and that they are alive."""

from kubernel.objects import fields as f
from kubernel.objects.meta import KindSchema

_GROUP = "io.k8s.api.coordination.v1"


class LeaseSpec(f.ApiSchema):
    """Who holds it."""

    class Meta:
        definition = f"{_GROUP}.LeaseSpec"

    acquireTime = f.time("since when the holder has it", micro=True)
    holderIdentity = f.string("the holder")
    leaseDurationSeconds = f.integer("seconds after renewTime at which it is free")
    leaseTransitions = f.integer("how many times it changed hands")
    preferredHolder = f.string("who it should be handed to")
    renewTime = f.time("when the holder last said that it is alive", micro=True)
    strategy = f.string("how the holder is chosen")


class Lease(KindSchema):
    """Who holds a role."""

    class Meta:
        definition = f"{_GROUP}.Lease"

    spec = f.obj(LeaseSpec, "who holds it", default={})
