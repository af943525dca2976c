"""The kind Backup of example.com/v1: keeps copies of a ConfigMap's content, the newest so many of them."""

from collections.abc import Iterable
from datetime import datetime

from kubernel.errors import Cause
from kubernel.objects import fields as f
from kubernel.objects.causes import forbidden
from kubernel.objects.columns import AGE, NAME
from kubernel.objects.meta import KindSchema
from kubernel.ports.resource import Column, ResourceDefinition, Strategy
from kubernel.types.json import JSON, Object
from kubernel.types.references import ResourceType

BACKUPS = ResourceType("example.com", "v1", "backups")


class BackupSpec(f.ApiSchema):
    """What is to be kept."""

    class Meta:
        definition = "com.example.v1.BackupSpec"

    configMap = f.string("name of the ConfigMap in the same namespace", required=True, pattern_name="dns_subdomain")
    keep = f.integer("how many copies are kept", default=3, minimum=1, maximum=20)


class BackupStatus(f.ApiSchema):
    """What is kept."""

    class Meta:
        definition = "com.example.v1.BackupStatus"

    copies = f.integer("how many copies there are")
    newest = f.string("name of the newest copy")


class Backup(KindSchema):
    """Copies of a ConfigMap's content."""

    class Meta:
        definition = "com.example.v1.Backup"

    spec = f.obj(BackupSpec, "what is to be kept", required=True)
    status = f.obj(BackupStatus, "what is kept")


class BackupStrategy(Strategy):
    """A backup stays with its ConfigMap, and can be selected by it."""

    selectable_fields = ("spec.configMap",)

    def selectable(self, obj: Object) -> dict[str, str]:
        return {"spec.configMap": obj["spec"]["configMap"]}

    def validate_update(self, new: Object, old: Object) -> Iterable[Cause]:
        if new["spec"]["configMap"] != old["spec"]["configMap"]:
            yield forbidden("spec.configMap", "cannot be changed; make another backup")


def _copies(obj: Object, now: datetime) -> JSON:
    return (obj.get("status") or {}).get("copies", 0)


BACKUP = ResourceDefinition(
    BACKUPS,
    "Backup",
    Backup,
    short_names=("bk",),
    strategy=BackupStrategy(),
    columns=(
        NAME,
        Column("ConfigMap", "string", lambda obj, now: obj["spec"]["configMap"], "whose content is kept"),
        Column("Copies", "integer", _copies, "how many copies there are"),
        Column("Keep", "integer", lambda obj, now: obj["spec"]["keep"], "how many copies are kept", 1),
        AGE,
    ),
    status=True,
    description="copies of a ConfigMap's content",
)
