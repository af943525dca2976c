"""Who may enter and what may be brought in: a read-only visitor with a token, and deployments that must name their team."""

from kubernel.errors import Cause, InvalidError
from kubernel.hooks import Registrations, hookimpl
from kubernel.ports.admission import Admission, AdmissionRequest, Verb
from kubernel.ports.auth import Attributes, Authenticator, Authorizer, Credentials, User, Verdict
from kubernel.ports.resource import ResourceDefinition

VISITOR = User("visitor", ("visitors", "system:authenticated"))
LOOKING = frozenset({"get", "list", "watch"})


class VisitorToken:
    """The token `just-looking` is the visitor's."""

    def authenticate(self, credentials: Credentials) -> User | None:
        return VISITOR if credentials.token == "just-looking" else None


class VisitorsMayLook:
    """Visitors may read everything but secrets."""

    def authorize(self, attributes: Attributes) -> Verdict | None:
        if "visitors" in attributes.user.groups and attributes.verb in LOOKING and attributes.resource != "secrets":
            return Verdict(True, "visitors may look")
        return None


class TeamLabel:
    """A deployment without the label `team` is refused."""

    name = "team-label"
    blocking = False

    def handles(self, resource: ResourceDefinition, verb: Verb) -> bool:
        return resource.kind == "Deployment" and verb in ("create", "update")

    def mutate(self, request: AdmissionRequest) -> list[str]:
        return []

    def validate(self, request: AdmissionRequest) -> list[str]:
        labels = (request.new or {})["metadata"].get("labels") or {}
        if "team" not in labels:
            cause = Cause("FieldValueRequired", "Required value: name the team that looks after it", "metadata.labels[team]")
            raise InvalidError.of("Deployment", request.name, [cause], "apps")
        return []


@hookimpl
def kubernel_register_auth(authenticators: Registrations[Authenticator], authorizers: Registrations[Authorizer]) -> None:
    authenticators.add("visitor-token", VisitorToken())
    authorizers.add("visitors-may-look", VisitorsMayLook())


@hookimpl
def kubernel_register_admission(chain: Registrations[Admission]) -> None:
    chain.add("team-label", TeamLabel())
