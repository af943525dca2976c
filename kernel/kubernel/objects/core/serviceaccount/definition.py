"""The definition of service accounts. They have no rules beyond their schema."""

from kubernel.objects.columns import AGE, NAME
from kubernel.objects.core.serviceaccount.schema import ServiceAccount
from kubernel.ports.resource import Column, ResourceDefinition, Strategy
from kubernel.types.well_known import SERVICE_ACCOUNTS


class ServiceAccountStrategy(Strategy):
    """Service accounts have no wanted state whose changes are counted."""

    generation = False


SERVICE_ACCOUNT = ResourceDefinition(
    SERVICE_ACCOUNTS,
    "ServiceAccount",
    ServiceAccount,
    short_names=("sa",),
    strategy=ServiceAccountStrategy(),
    columns=(
        NAME,
        Column("Secrets", "string", lambda obj, now: len(obj.get("secrets") or ()), "how many Secrets its pods may use"),
        AGE,
    ),
    description="who pods act as",
)
