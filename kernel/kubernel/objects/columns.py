"""Cells that the tables of many kinds share: names, ages, label maps, selectors, as kubectl prints them."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from kubernel.ports.resource import Column
from kubernel.types.json import Object
from kubernel.types.selectors import label_selector, map_selector
from kubernel.types.times import parse_time, short_duration

NONE = "<none>"
UNKNOWN = "<unknown>"


def since(moment: str | None, now: datetime) -> str:
    """How long ago a moment was; `<unknown>` without one."""
    return short_duration(now - parse_time(moment)) if moment else UNKNOWN


def age(obj: Object, now: datetime) -> str:
    """How long ago the object was created."""
    return since(obj["metadata"].get("creationTimestamp"), now)


NAME = Column("Name", "string", lambda obj, now: obj["metadata"]["name"], "name of the object", format="name")
AGE = Column("Age", "string", age, "time since the object was created")


def listed(values: Iterable[str]) -> str:
    """Values joined by commas; `<none>` without any."""
    return ",".join(values) or NONE


def labels_text(labels: Mapping[str, str] | None) -> str:
    """`a=1,b=2` in the order of keys; `<none>` without any."""
    return listed(f"{key}={value}" for key, value in sorted((labels or {}).items()))


def selector_text(selector: Object | None) -> str:
    """A label selector in its text form; `<none>` for an empty one."""
    ordered = {"matchLabels": dict(sorted(((selector or {}).get("matchLabels") or {}).items()))}
    return str(label_selector({**(selector or {}), **ordered})) or NONE


def map_selector_text(labels: Mapping[str, str] | None) -> str:
    """A plain map of labels in a selector's text form; `<none>` for an empty one."""
    return str(map_selector(dict(sorted((labels or {}).items())))) or NONE


def containers_cell(pod_spec: Object) -> str:
    """The names of the containers."""
    return ",".join(container.get("name", "") for container in pod_spec.get("containers") or ())


def images_cell(pod_spec: Object) -> str:
    """The images of the containers."""
    return ",".join(container.get("image", "") for container in pod_spec.get("containers") or ())
