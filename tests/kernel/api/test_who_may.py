"""Who is asking, and may they: certificates, tokens, nobody, impersonation, reviews."""

import stat
from pathlib import Path

import pytest

from api_world import Api, World, running
from kubernel.api.authentication import TokenFileAuthenticator
from kubernel.api.pki import Pki
from kubernel.errors import ConfigurationError, UnauthorizedError
from kubernel.hooks import Registrations, hookimpl
from kubernel.hooks.discovery import load_plugins
from kubernel.ports.auth import Attributes, Authenticator, Authorizer, Credentials, User, Verdict

WHOAMI = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
CAN_I = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
CAN_THEY = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


def whoami(api: Api, **headers: str) -> dict[str, object]:
    reply = api.post(WHOAMI, {}, **headers)
    assert reply.status == 201, reply.body
    info: dict[str, object] = reply.json()["status"]["userInfo"]
    return info


def test_a_client_certificate_names_user_and_groups(world: World) -> None:
    pair = world.pki.client("jane", ("team-a", "team-b"))
    info = whoami(world.client(pair))
    assert info == {"username": "jane", "groups": ["team-a", "team-b", "system:authenticated"]}


def test_a_token_names_user_uid_and_groups(world: World) -> None:
    info = whoami(world.client(token="nobody-token"))
    assert info == {"username": "nobody", "uid": "2", "groups": ["some", "others", "system:authenticated"]}


def test_masters_may_do_everything(world: World) -> None:
    assert world.client(token="masters-token").get("/api/v1/secrets").status == 200


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Basic YTpi"])
def test_bad_credentials_are_unauthorized(world: World, header: str) -> None:
    reply = world.client().get("/api/v1/pods", Authorization=header)
    assert (reply.status, reply.reason, reply.message) == (401, "Unauthorized", "Unauthorized")
    assert reply.headers["www-authenticate"].startswith("Bearer")


def test_nobody_is_anonymous_and_may_ask_after_health_only(world: World) -> None:
    nobody = world.client()
    for path in ("/healthz", "/livez", "/readyz", "/readyz/ping", "/version"):
        assert nobody.get(path).status == 200, path
    for path in ("/", "/api", "/apis", "/openapi/v2", "/metrics"):
        reply = nobody.get(path)
        assert reply.status == 403, path
        assert reply.message == f'forbidden: User "system:anonymous" cannot get path "{path}"'


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        (
            "GET",
            "/api/v1/namespaces/y/pods",
            'pods is forbidden: User "nobody" cannot list resource "pods" in API group "" in the namespace "y"',
        ),
        (
            "GET",
            "/api/v1/pods?watch=true",
            'pods is forbidden: User "nobody" cannot watch resource "pods" in API group "" at the cluster scope',
        ),
        (
            "GET",
            "/api/v1/nodes/n",
            'nodes "n" is forbidden: User "nobody" cannot get resource "nodes" in API group "" at the cluster scope',
        ),
        (
            "PATCH",
            "/apis/apps/v1/namespaces/y/deployments/d/scale",
            'deployments.apps "d" is forbidden: User "nobody" cannot patch resource "deployments/scale" in API group "apps" '
            'in the namespace "y"',
        ),
        (
            "DELETE",
            "/api/v1/namespaces/y/secrets",
            'secrets is forbidden: User "nobody" cannot deletecollection resource "secrets" in API group "" in the namespace "y"',
        ),
    ],
)
def test_everyone_else_is_refused(world: World, method: str, path: str, message: str) -> None:
    reply = world.client(token="nobody-token").call(method, path)
    assert (reply.status, reply.reason, reply.message) == (403, "Forbidden", message)


def test_everyone_known_may_discover(world: World) -> None:
    known = world.client(token="nobody-token")
    for path in ("/", "/api", "/apis", "/api/v1", "/apis/test.io/v1", "/openapi/v3"):
        assert known.get(path).status == 200, path


def test_a_certificate_of_a_foreign_ca_is_refused(world: World, tmp_path: Path) -> None:
    stranger = Pki(tmp_path / "foreign").client("kubernetes-admin", ("system:masters",))
    with pytest.raises(OSError, match=r"(?i)alert|certificate|closed|reset|EOF"):
        world.client(stranger).get("/version")


def test_an_administrator_may_act_as_somebody_else(api: Api) -> None:
    info = whoami(api, Impersonate_User="jane", Impersonate_Group="team-a")
    assert info == {"username": "jane", "groups": ["team-a", "system:authenticated"]}
    reply = api.get("/api/v1/pods", Impersonate_User="jane")
    assert 'User "jane" cannot list resource "pods"' in reply.message


def test_a_service_account_brings_its_groups(api: Api) -> None:
    info = whoami(api, Impersonate_User="system:serviceaccount:ns:robot")
    assert info["groups"] == ["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"]


def test_others_may_not_act_as_somebody_else(world: World) -> None:
    reply = world.client(token="nobody-token").get("/api/v1/pods", Impersonate_User="root")
    message = 'users "root" is forbidden: User "nobody" cannot impersonate resource "users" in API group "" at the cluster scope'
    assert (reply.status, reply.message) == (403, message)


def test_groups_without_a_user_cannot_be_taken_on(api: Api) -> None:
    assert api.get("/api/v1/pods", Impersonate_Group="system:masters").status == 400
    assert api.get("/api/v1/pods", Impersonate_Uid="1").status == 400
    assert api.get("/api/v1/pods", Impersonate_Extra_Scopes="all").status == 400


def test_one_may_ask_what_one_may(world: World) -> None:
    body = {"spec": {"resourceAttributes": {"verb": "list", "resource": "pods"}}}
    assert world.admin.post(CAN_I, body).json()["status"] == {"allowed": True}
    assert world.client(token="nobody-token").post(CAN_I, body).json()["status"] == {"allowed": False}
    path = {"spec": {"nonResourceAttributes": {"verb": "get", "path": "/healthz"}}}
    assert world.client(token="nobody-token").post(CAN_I, path).json()["status"] == {"allowed": True}


def test_administrators_may_ask_what_others_may(api: Api) -> None:
    spec = {"user": "jane", "groups": ["system:masters"], "resourceAttributes": {"verb": "list", "resource": "pods"}}
    assert api.post(CAN_THEY, {"spec": spec}).json()["status"]["allowed"] is True
    assert api.post(CAN_THEY, {"spec": {**spec, "groups": []}}).json()["status"]["allowed"] is False


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (CAN_I, {"spec": {}}, 422),
        (CAN_I, {"spec": []}, 400),
        (CAN_I, {"spec": {"resourceAttributes": "all"}}, 400),
        (CAN_I, {"kind": "Pod"}, 400),
        (CAN_THEY, {"spec": {"resourceAttributes": {}}}, 422),
    ],
)
def test_a_review_must_say_what_it_asks(api: Api, path: str, body: object, status: int) -> None:
    assert api.post(path, body).status == status


def test_reviews_are_created_only(api: Api) -> None:
    assert api.get(WHOAMI).status == 405
    assert api.post(f"{WHOAMI}/me", {}).status == 405


class Everyone:
    """A plugin's authenticator and authorizer: a token `plugin:NAME`, and readers may read."""

    def authenticate(self, credentials: Credentials) -> User | None:
        scheme, _, name = credentials.token.partition(":")
        if scheme != "plugin":
            return None
        if not name:
            raise UnauthorizedError("Unauthorized")
        return User(name, ("system:authenticated",))

    def authorize(self, attributes: Attributes) -> Verdict | None:
        if attributes.user.name == "reader" and attributes.verb in ("get", "list"):
            return Verdict(True)
        return Verdict(False, "only readers read") if attributes.user.name == "writer" else None


class Brings:
    """A plugin."""

    @hookimpl
    def kubernel_register_auth(
        self, authenticators: Registrations[Authenticator], authorizers: Registrations[Authorizer]
    ) -> None:
        authenticators.add("everyone", Everyone())
        authorizers.add("everyone", Everyone())


def test_plugins_recognise_and_judge(tmp_path: Path, pki: Pki) -> None:
    authenticators: Registrations[Authenticator] = Registrations("authenticator")
    authorizers: Registrations[Authorizer] = Registrations("authorizer")
    loaded = load_plugins(points=(), extra=[("brings", Brings())])
    loaded.plugins.collect("kubernel_register_auth", authenticators=authenticators, authorizers=authorizers)
    recognise, judge = tuple(item for _, item in authenticators), tuple(item for _, item in authorizers)
    with running(tmp_path, pki, authenticators=recognise, authorizers=judge) as world:
        assert world.client(token="plugin:reader").get("/api/v1/pods").status == 200
        reply = world.client(token="plugin:writer").get("/api/v1/pods")
        assert reply.message.endswith("at the cluster scope: only readers read")
        assert world.client(token="plugin:").get("/api/v1/pods").status == 401


@pytest.mark.parametrize("text", ["token\n", ",user\n", "token,\n", b"\xff\xfe".decode("latin-1")])
def test_a_damaged_token_file_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tokens.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"tokens\.csv"):
        TokenFileAuthenticator.read(path)


def test_a_token_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.csv cannot be read"):
        TokenFileAuthenticator.read(tmp_path / "absent.csv")


def test_a_token_file_is_made_at_first_start_for_its_owner_alone(tmp_path: Path, pki: Pki) -> None:
    path = tmp_path / "made.csv"
    with running(tmp_path, pki, token_file=path) as world:
        token = path.read_text().partition(",")[0]
        assert whoami(world.client(token=token))["username"] == "kubernetes-admin"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with running(tmp_path, pki, token_file=path):
        assert path.read_bytes() == before


def test_a_token_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"tokens\.csv cannot be made"):
        TokenFileAuthenticator.made(tmp_path / "nowhere" / "tokens.csv")
