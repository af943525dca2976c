"""Where a pod may run: node selectors, affinity terms, tolerations, spread constraints."""

from collections.abc import Iterator

from kubernel.errors import Cause
from kubernel.objects.causes import at, duplicate, forbidden, index, invalid, names, required
from kubernel.objects.metadata_rules import label_causes
from kubernel.objects.selector_rules import selector_causes
from kubernel.types.json import Object
from kubernel.types.names import dns_label, label_value, qualified_name

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_WEIGHT_RULE = "must be in the range 1-100"


def scheduling_causes(spec: Object, path: str) -> Iterator[Cause]:
    """What is wrong with everything in a pod's spec that says where it may run."""
    if spec.get("nodeSelector"):
        yield from label_causes(spec["nodeSelector"], at(path, "nodeSelector"))
    affinity, place = spec.get("affinity") or {}, at(path, "affinity")
    if "nodeAffinity" in affinity:
        yield from _node_affinity_causes(affinity["nodeAffinity"], at(place, "nodeAffinity"))
    for name in ("podAffinity", "podAntiAffinity"):
        if name in affinity:
            yield from _pod_affinity_causes(affinity[name], at(place, name))
    if spec.get("tolerations"):
        yield from toleration_causes(spec["tolerations"], at(path, "tolerations"))
    if spec.get("topologySpreadConstraints"):
        yield from _spread_causes(spec["topologySpreadConstraints"], at(path, "topologySpreadConstraints"))


def _node_affinity_causes(affinity: Object, path: str) -> Iterator[Cause]:
    terms = (affinity.get(_REQUIRED) or {}).get("nodeSelectorTerms") or ()
    for position, term in enumerate(terms):
        yield from node_term_causes(term, index(at(path, _REQUIRED, "nodeSelectorTerms"), position))
    for position, wish in enumerate(affinity.get(_PREFERRED) or ()):
        place = index(at(path, _PREFERRED), position)
        if not 1 <= wish.get("weight", 0) <= 100:
            yield invalid(at(place, "weight"), wish.get("weight", 0), _WEIGHT_RULE)
        yield from node_term_causes(wish.get("preference") or {}, at(place, "preference"))


def node_term_causes(term: Object, path: str) -> Iterator[Cause]:
    """What is wrong with one term of a node selector."""
    for position, requirement in enumerate(term.get("matchExpressions") or ()):
        yield from _node_label_causes(requirement, index(at(path, "matchExpressions"), position))
    for position, requirement in enumerate(term.get("matchFields") or ()):
        yield from _node_field_causes(requirement, index(at(path, "matchFields"), position))


def _node_label_causes(requirement: Object, path: str) -> Iterator[Cause]:
    operator, values = requirement.get("operator"), requirement.get("values") or ()
    if operator in ("In", "NotIn"):
        if not values:
            yield required(at(path, "values"), "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            yield forbidden(at(path, "values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    elif operator in ("Gt", "Lt"):
        if len(values) != 1:
            yield required(at(path, "values"), "must be specified single value when `operator` is 'Lt' or 'Gt'")
    elif operator:
        yield invalid(at(path, "operator"), operator, "not a valid selector operator")
    if requirement.get("key"):
        yield from names(at(path, "key"), requirement["key"], qualified_name(requirement["key"]))


def _node_field_causes(requirement: Object, path: str) -> Iterator[Cause]:
    operator, values = requirement.get("operator"), requirement.get("values") or ()
    if operator not in ("In", "NotIn"):
        yield invalid(at(path, "operator"), operator, "not a valid selector operator")
    elif len(values) != 1:
        detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        yield required(at(path, "values"), detail)
    if requirement.get("key") != "metadata.name":
        yield invalid(at(path, "key"), requirement.get("key", ""), "not a valid field selector key")


def _pod_affinity_causes(affinity: Object, path: str) -> Iterator[Cause]:
    for position, term in enumerate(affinity.get(_REQUIRED) or ()):
        yield from _pod_term_causes(term, index(at(path, _REQUIRED), position))
    for position, wish in enumerate(affinity.get(_PREFERRED) or ()):
        place = index(at(path, _PREFERRED), position)
        if not 1 <= wish.get("weight", 0) <= 100:
            yield invalid(at(place, "weight"), wish.get("weight", 0), _WEIGHT_RULE)
        yield from _pod_term_causes(wish.get("podAffinityTerm") or {}, at(place, "podAffinityTerm"))


def _pod_term_causes(term: Object, path: str) -> Iterator[Cause]:
    yield from selector_causes(term.get("labelSelector"), at(path, "labelSelector"))
    yield from selector_causes(term.get("namespaceSelector"), at(path, "namespaceSelector"))
    for position, namespace in enumerate(term.get("namespaces") or ()):
        yield from names(index(at(path, "namespaces"), position), namespace, dns_label(namespace))
    if term.get("topologyKey"):
        yield from names(at(path, "topologyKey"), term["topologyKey"], qualified_name(term["topologyKey"]))
    for name in ("matchLabelKeys", "mismatchLabelKeys"):
        yield from _label_key_causes(term, name, path)


def _label_key_causes(owner: Object, name: str, path: str) -> Iterator[Cause]:
    keys = owner.get(name) or ()
    if keys and owner.get("labelSelector") is None:
        yield forbidden(at(path, name), "must not be specified when labelSelector is not set")
    for position, key in enumerate(keys):
        yield from names(index(at(path, name), position), key, qualified_name(key))


def toleration_causes(tolerations: list[Object], path: str) -> Iterator[Cause]:
    """What is wrong with tolerations."""
    for position, toleration in enumerate(tolerations):
        place = index(path, position)
        key, operator, value = (toleration.get(name) or "" for name in ("key", "operator", "value"))
        if key:
            yield from names(at(place, "key"), key, qualified_name(key))
        elif operator != "Exists":
            detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            yield invalid(at(place, "operator"), operator, detail)
        if "tolerationSeconds" in toleration and toleration.get("effect") != "NoExecute":
            detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            yield invalid(at(place, "effect"), toleration.get("effect", ""), detail)
        if operator in ("", "Equal"):
            yield from names(at(place, "operator"), value, label_value(value))
        elif operator == "Exists" and value:
            yield invalid(at(place, "operator"), toleration, "value must be empty when `operator` is 'Exists'")


def _spread_causes(constraints: list[Object], path: str) -> Iterator[Cause]:
    seen: set[tuple[str, str]] = set()
    for position, constraint in enumerate(constraints):
        place = index(path, position)
        key, action = constraint.get("topologyKey", ""), constraint.get("whenUnsatisfiable", "")
        if constraint.get("maxSkew", 1) <= 0:
            yield invalid(at(place, "maxSkew"), constraint["maxSkew"], "must be greater than zero")
        if key:
            yield from names(at(place, "topologyKey"), key, qualified_name(key))
        if (key, action) in seen:
            yield duplicate(at(place, "{topologyKey, whenUnsatisfiable}"), f"{{{key}, {action}}}")
        seen.add((key, action))
        domains = constraint.get("minDomains")
        if domains is not None and domains <= 0:
            yield invalid(at(place, "minDomains"), domains, "must be greater than zero")
        if domains is not None and action != "DoNotSchedule":
            detail = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
            yield invalid(at(place, "minDomains"), domains, detail)
        yield from selector_causes(constraint.get("labelSelector"), at(place, "labelSelector"))
        yield from _label_key_causes(constraint, "matchLabelKeys", place)
