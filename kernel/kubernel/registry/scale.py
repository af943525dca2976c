"""The scale subresource: an `autoscaling/v1` Scale over any kind that says where it keeps its replicas."""

from kubernel.errors import BadRequestError, InvalidError
from kubernel.objects.autoscaling.schema import Scale as ScaleSchema
from kubernel.objects.compiled import compiled
from kubernel.ports.resource import ResourceDefinition, Scale
from kubernel.registry import identity, intake
from kubernel.registry.encoding import decode, encode
from kubernel.registry.next_state import Make
from kubernel.registry.patch.media import patched
from kubernel.registry.requests import Cached, Patch, WriteAnswer, WriteOptions
from kubernel.types.json import JSON, Object
from kubernel.types.references import ResourceType
from kubernel.types.selectors import Selector, label_selector, map_selector

KIND = "Scale"
API_VERSION = "autoscaling/v1"
DEFINITION = ResourceDefinition(ResourceType("autoscaling", "v1", "scales"), KIND, ScaleSchema)


def scale_of(definition: ResourceDefinition, obj: Object) -> Object:
    """The Scale of an object; it carries the object's own resourceVersion."""
    paths = _paths(definition)
    metadata = obj["metadata"]
    shown = {
        field: metadata[field]
        for field in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        if field in metadata
    }
    spec: Object = {}
    replicas = _at(obj, paths.spec_replicas)
    if replicas:
        spec["replicas"] = replicas
    status: Object = {"replicas": _at(obj, paths.status_replicas) or 0}
    selector = _selector_text(_at(obj, paths.selector))
    if selector:
        status["selector"] = selector
    return {"kind": KIND, "apiVersion": API_VERSION, "metadata": shown, "spec": spec, "status": status}


def cached_scale(definition: ResourceDefinition, cached: Cached) -> Cached:
    """The Scale of a cached object, ready to be answered."""
    scale = scale_of(definition, cached.peek())
    return Cached(cached.key, scale, _encoded(scale), cached.revision)


def scale_answer(definition: ResourceDefinition, answer: WriteAnswer) -> WriteAnswer:
    """The Scale of an object that was written."""
    scale = scale_of(definition, answer.object)
    return WriteAnswer(scale, _encoded(scale), answer.created, answer.deleted, answer.warnings)


def scaled(definition: ResourceDefinition, namespace: str, name: str, make: Make, current: Cached, warnings: list[str]) -> Object:
    """The next state of an object by the Scale that `make` gives."""
    wanted = make(current, warnings)
    identity.check_path(wanted, definition, namespace, name)
    replicas = (wanted.get("spec") or {}).get("replicas", 0)
    causes = compiled(ScaleSchema).validate(wanted, metadata=False)
    if causes:
        raise InvalidError.of(KIND, name, causes, "autoscaling")
    new = decode(current.encoded)
    place = new
    *above, last = _paths(definition).spec_replicas
    for step in above:
        place = place.setdefault(step, {})
    place[last] = replicas
    metadata: Object = wanted.get("metadata") or {}
    new["metadata"]["resourceVersion"] = metadata.get("resourceVersion") or ""
    if metadata.get("uid"):
        new["metadata"]["uid"] = metadata["uid"]
    return new


def taken(body: JSON, options: WriteOptions, current: Cached, warnings: list[str]) -> Object:
    """A Scale from a client."""
    return intake.take(DEFINITION, body, options.field_validation, warnings)


def taken_patched(
    definition: ResourceDefinition, patch: Patch, options: WriteOptions, current: Cached, warnings: list[str]
) -> Object:
    """The Scale that a patch makes of the present one."""
    document = patched(scale_of(definition, decode(current.encoded)), patch, ScaleSchema)
    return intake.take_patched(DEFINITION, document, options.field_validation, warnings)


def _encoded(scale: Object) -> bytes:
    return encode(scale, KIND, API_VERSION)


def _paths(definition: ResourceDefinition) -> Scale:
    if definition.scale is None:
        raise BadRequestError(f"{definition.resource} cannot be scaled")
    return definition.scale


def _at(obj: Object, path: tuple[str, ...]) -> JSON:
    found: JSON = obj
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _selector_text(selector: JSON) -> str:
    """A selector as text: of a LabelSelector, of a plain map of labels, or text already."""
    if isinstance(selector, str):
        return selector
    if not isinstance(selector, dict) or not selector:
        return ""
    structured = "matchLabels" in selector or "matchExpressions" in selector
    parsed: Selector = label_selector(selector) if structured else map_selector(selector)
    return str(Selector(tuple(sorted(parsed.requirements, key=lambda requirement: requirement.key))))
