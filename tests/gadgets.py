"""A small kind with one of everything, for the tests of the building blocks."""

from kubernel.objects import fields as f
from kubernel.objects.meta import KindSchema
from kubernel.types.json import JSON, Object


class Port(f.ApiSchema):
    """A port."""

    class Meta:
        definition = "io.k8s.api.test.v1.Port"

    name = f.string(pattern_name="port_name")
    port = f.integer(required=True, minimum=1, maximum=65535)
    protocol = f.string(default="TCP", enum=("TCP", "UDP", "SCTP"))


class Probe(f.ApiSchema):
    """A probe, by one of two actions."""

    class Meta:
        definition = "io.k8s.api.test.v1.Probe"

    command = f.list_of(f.string(), list_type="atomic")
    http = f.obj(Port, union="handler type")
    tcp = f.obj(Port, union="handler type")
    periodSeconds = f.integer(default=10, minimum=1)


class Part(f.ApiSchema):
    """A part, which may have parts."""

    class Meta:
        definition = "io.k8s.api.test.v1.Part"

    name = f.string(required=True, pattern_name="dns_label")
    note = f.string(required=True, allow_empty=True)
    image = f.string()
    ports = f.list_of(Port, list_type="map", map_keys=("port", "protocol"), merge_key="port", patch_strategy="merge")
    limits = f.map_of(f.quantity())
    probe = f.obj(Probe)
    parts = f.list_of(lambda: Part)


class GadgetSpec(f.ApiSchema):
    """What a gadget should be."""

    class Meta:
        definition = "io.k8s.api.test.v1.GadgetSpec"

    replicas = f.integer(default=1, minimum=0)
    budget = f.integer(format="int64")
    ratio = f.number()
    paused = f.boolean()
    surge = f.int_or_string(default="25%")
    selector = f.map_of(f.string(), atomic=True)
    data = f.map_of(f.binary())
    until = f.time()
    strategy = f.obj(Probe, default={}, patch_strategy="retainKeys")
    parts = f.list_of(Part, required=True, list_type="map", map_keys=("name",), merge_key="name", patch_strategy="merge")
    named = f.map_of(Port)
    extra = f.anything()


class Gadget(KindSchema):
    """A gadget."""

    class Meta:
        definition = "io.k8s.api.test.v1.Gadget"

    spec = f.obj(GadgetSpec, required=True)


def gadget(**spec: JSON) -> Object:
    """A valid gadget with these fields in its spec."""
    spec.setdefault("parts", [{"name": "one", "note": "", "ports": [{"port": 80}]}])
    return {"apiVersion": "test/v1", "kind": "Gadget", "metadata": {"name": "g"}, "spec": spec}
