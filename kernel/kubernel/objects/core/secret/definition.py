"""The definition of Secrets."""

from kubernel.objects.columns import AGE, NAME
from kubernel.objects.core.secret.schema import Secret
from kubernel.objects.core.secret.strategy import SecretStrategy
from kubernel.ports.resource import Column, ResourceDefinition
from kubernel.types.well_known import SECRETS

SECRET = ResourceDefinition(
    SECRETS,
    "Secret",
    Secret,
    strategy=SecretStrategy(),
    columns=(
        NAME,
        Column("Type", "string", lambda obj, now: obj.get("type", ""), "what it is for"),
        Column("Data", "integer", lambda obj, now: len(obj.get("data") or ()), "how many entries it has"),
        AGE,
    ),
    description="keys, passwords and the like",
)
