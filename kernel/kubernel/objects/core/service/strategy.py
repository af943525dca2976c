"""The rules of services in the write pipeline: addresses and node ports are allocated before anything is checked."""

from collections.abc import Iterable, Mapping

from kubernel.errors import Cause
from kubernel.objects.core.service.allocation import Allocator, claims
from kubernel.objects.core.service.defaults import default_service, drop_dependent, keep_allocated
from kubernel.objects.core.service.rules import service_causes, service_update_causes
from kubernel.ports.resource import Strategy, WriteContext
from kubernel.types.json import Object
from kubernel.types.names import dns_label_1035


class ServiceStrategy(Strategy):
    """See the module."""

    name_rule = staticmethod(dns_label_1035)
    generation = False
    selectable_fields = ("spec.clusterIP", "spec.type")

    def prepare_create(self, new: Object, context: WriteContext) -> None:
        default_service(new.setdefault("spec", {}))
        Allocator(new, context, set()).run()

    def prepare_update(self, new: Object, old: Object, context: WriteContext) -> None:
        spec, before = new.setdefault("spec", {}), old.get("spec") or {}
        keep_allocated(spec, before)
        drop_dependent(spec, before)
        default_service(spec)
        Allocator(new, context, claims(before)).run()

    def default(self, new: Object, context: WriteContext) -> None:
        default_service(new.setdefault("spec", {}))

    def validate(self, new: Object) -> Iterable[Cause]:
        return service_causes(new["spec"])

    def validate_update(self, new: Object, old: Object) -> Iterable[Cause]:
        return service_update_causes(new["spec"], old.get("spec") or {})

    def selectable(self, obj: Object) -> Mapping[str, str]:
        spec = obj.get("spec") or {}
        return {"spec.clusterIP": spec.get("clusterIP", ""), "spec.type": spec.get("type", "")}

    def before_delete(self, obj: Object, context: WriteContext) -> None:
        context.releases += sorted(claims(obj.get("spec") or {}))
