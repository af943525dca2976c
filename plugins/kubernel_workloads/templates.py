"""What deployments and replica sets demand of their selector and of the template that their pods are made from."""

from collections.abc import Iterator

from kubernel.errors import Cause
from kubernel.objects.causes import at, forbidden, immutable, invalid, not_supported
from kubernel.objects.core.pod.defaults import default_pod_spec
from kubernel.objects.core.pod.rules.spec import template_causes
from kubernel.objects.selector_rules import selector_causes
from kubernel.types.json import Object
from kubernel.types.selectors import label_selector

NOT_NEGATIVE = "must be greater than or equal to 0"


def default_template(spec: Object) -> None:
    """Set the defaults of the template that a workload's spec carries, as far as they depend on other fields."""
    template = spec.get("template")
    if template is not None and template.get("spec") is not None:
        default_pod_spec(template["spec"])


def workload_causes(spec: Object, kind: str, path: str) -> Iterator[Cause]:
    """What is wrong with the selector, the template, and how the two fit together; that they are there is the schema's matter."""
    selector, template = spec.get("selector"), spec.get("template")
    bad_selector = False
    if selector is not None:
        for cause in selector_causes(selector, at(path, "selector")):
            bad_selector = True
            yield cause
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            bad_selector = True
            yield invalid(at(path, "selector"), selector, f"empty selector is invalid for {kind.lower()}")
    if template is None:
        return
    place = at(path, "template")
    labels = (template.get("metadata") or {}).get("labels") or {}
    if selector is not None and not bad_selector and _is_complete(selector) and not label_selector(selector).matches(labels):
        yield invalid(at(place, "metadata", "labels"), labels, "`selector` does not match template `labels`")
    yield from template_causes(template, place)
    pod = template.get("spec") or {}
    policy = pod.get("restartPolicy", "Always")
    if policy in ("OnFailure", "Never"):
        yield not_supported(at(place, "spec", "restartPolicy"), policy, ("Always",))
    if pod.get("activeDeadlineSeconds") is not None:
        yield forbidden(at(place, "spec", "activeDeadlineSeconds"), "activeDeadlineSeconds in ReplicaSet is not Supported")


def _is_complete(selector: Object) -> bool:
    """A term that the schema refuses cannot be asked whether it matches."""
    known = ("In", "NotIn", "Exists", "DoesNotExist")
    return all(term.get("key") and term.get("operator") in known for term in selector.get("matchExpressions") or ())


def selector_update_causes(spec: Object, old: Object, path: str) -> list[Cause]:
    """A selector stays as it is: the objects that it has selected would be lost."""
    return immutable(at(path, "selector"), spec.get("selector"), old.get("selector"))


def count_causes(status: Object, smaller: tuple[tuple[str, str], ...]) -> Iterator[Cause]:
    """What is wrong with the numbers of a status: none is negative, and parts are not more than their whole."""
    for name, value in status.items():
        if isinstance(value, int) and value < 0:
            yield invalid(f"status.{name}", value, NOT_NEGATIVE)
    for part, whole in smaller:
        if status.get(part, 0) > status.get(whole, 0):
            shown = whole if whole != "replicas" else f"status.{whole}"
            yield invalid(f"status.{part}", status[part], f"cannot be greater than {shown}")
