"""The rules of events. They are kept for an hour, and little is asked of those in the older form, which many clients write."""

from collections.abc import Iterable, Iterator, Mapping

from kubernel.errors import Cause
from kubernel.objects.causes import invalid, names, required
from kubernel.ports.resource import Strategy
from kubernel.types.json import Object
from kubernel.types.names import qualified_name

KEPT_SECONDS = 3600.0
_REFERENCE = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_SHORT = 128
_LONG = 1024


class EventStrategy(Strategy):
    """See the module. Field selectors know the object both by its older and by its newer name."""

    create_on_update = True
    generation = False
    ttl = KEPT_SECONDS
    selectable_fields = (
        *(f"{path}.{field}" for path in ("involvedObject", "regarding") for field in _REFERENCE),
        "reason",
        "reportingComponent",
        "reportingController",
        "source",
        "type",
    )

    def validate(self, new: Object) -> Iterable[Cause]:
        namespace, about = new["metadata"].get("namespace", ""), new.get("involvedObject") or {}
        modern = bool(new.get("eventTime"))
        if not about.get("namespace"):
            homes = ("", "default", "kube-system") if modern else ("", "default")
            if namespace not in homes:
                yield invalid("involvedObject.namespace", "", "does not match event.namespace")
        elif about["namespace"] != namespace:
            yield invalid("involvedObject.namespace", about["namespace"], "does not match event.namespace")
        if modern:
            yield from _modern_causes(new)

    def selectable(self, obj: Object) -> Mapping[str, str]:
        about, reporter = obj.get("involvedObject") or {}, obj.get("reportingComponent", "")
        found = {f"{path}.{field}": about.get(field, "") for path in ("involvedObject", "regarding") for field in _REFERENCE}
        found["reason"], found["type"] = obj.get("reason", ""), obj.get("type", "")
        found["reportingComponent"] = found["reportingController"] = reporter
        found["source"] = (obj.get("source") or {}).get("component") or reporter
        return found


def _modern_causes(event: Object) -> Iterator[Cause]:
    """An event with `eventTime` says who saw it and what was done."""
    reporter = event.get("reportingComponent", "")
    if not reporter:
        yield required("reportingComponent")
    else:
        yield from names("reportingComponent", reporter, qualified_name(reporter))
    for field in ("reportingInstance", "action", "reason"):
        value = event.get(field, "")
        if not value:
            yield required(field)
        elif len(value) > _SHORT:
            yield invalid(field, "", f"can have at most {_SHORT} characters")
    if len(event.get("message", "")) > _LONG:
        yield invalid("message", "", f"can have at most {_LONG} characters")
