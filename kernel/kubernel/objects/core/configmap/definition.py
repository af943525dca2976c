"""The definition of ConfigMaps."""

from datetime import datetime

from kubernel.objects.columns import AGE, NAME
from kubernel.objects.core.configmap.schema import ConfigMap
from kubernel.objects.core.configmap.strategy import ConfigMapStrategy
from kubernel.ports.resource import Column, ResourceDefinition
from kubernel.types.json import Object
from kubernel.types.well_known import CONFIG_MAPS


def _entries(obj: Object, now: datetime) -> int:
    return len(obj.get("data") or ()) + len(obj.get("binaryData") or ())


CONFIG_MAP = ResourceDefinition(
    CONFIG_MAPS,
    "ConfigMap",
    ConfigMap,
    short_names=("cm",),
    strategy=ConfigMapStrategy(),
    columns=(NAME, Column("Data", "integer", _entries, "how many entries it has"), AGE),
    description="settings that pods read",
)
