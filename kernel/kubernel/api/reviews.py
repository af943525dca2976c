"""Resources that are asked and not kept: who am I, may I, may they (`kubectl auth whoami`, `kubectl auth can-i`)."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from flask import Response

from kubernel.api.answers import answer, json_answer
from kubernel.api.asked import Asked, View, not_allowed
from kubernel.api.authorization import Authorization
from kubernel.api.discovery import Virtual
from kubernel.errors import BadRequestError, Cause, InvalidError
from kubernel.ports.auth import Attributes, User
from kubernel.types.json import JSON, Object
from kubernel.types.references import ResourceType
from kubernel.types.times import format_time

_AUTHENTICATION, _AUTHORIZATION = "authentication.k8s.io", "authorization.k8s.io"
SELF_SUBJECT_REVIEW = Virtual(ResourceType(_AUTHENTICATION, "v1", "selfsubjectreviews"), "SelfSubjectReview")
SELF_ACCESS_REVIEW = Virtual(ResourceType(_AUTHORIZATION, "v1", "selfsubjectaccessreviews"), "SelfSubjectAccessReview")
ACCESS_REVIEW = Virtual(ResourceType(_AUTHORIZATION, "v1", "subjectaccessreviews"), "SubjectAccessReview")
VIRTUAL = (SELF_SUBJECT_REVIEW, SELF_ACCESS_REVIEW, ACCESS_REVIEW)


class Reviews:
    """Answers reviews."""

    def __init__(self, authorization: Authorization, now: Callable[[], datetime]) -> None:
        self._authorization, self._now = authorization, now

    def views(self) -> dict[ResourceType, View]:
        """The view of each review."""
        return {virtual.resource: partial(self._view, virtual) for virtual in VIRTUAL}

    def _view(self, virtual: Virtual, asked: Asked) -> Response:
        if asked.info.verb != "create" or asked.info.name:
            raise not_allowed()
        review = self.answer(virtual, asked.body().object(), asked.user)
        if asked.form.representation.yaml:
            from kubernel.api.yaml_codec import write_yaml

            return answer(write_yaml(review), 201, asked.form.representation.content_type)
        return json_answer(review, 201)

    def answer(self, virtual: Virtual, body: Object, user: User) -> Object:
        """The review with its status filled in.

        :raises BadRequestError: the body is of another kind.
        :raises InvalidError: it does not say what is asked for.
        """
        if body.get("kind", virtual.kind) != virtual.kind:
            raise BadRequestError(f"{body.get('kind')} cannot be handled as a {virtual.kind}")
        spec = {} if body.get("spec") is None else body["spec"]
        if not isinstance(spec, dict):
            raise BadRequestError("spec must be an object")
        metadata = {"creationTimestamp": format_time(self._now())}
        review: Object = {"kind": virtual.kind, "apiVersion": virtual.resource.api_version, "metadata": metadata}
        if virtual is SELF_SUBJECT_REVIEW:
            return review | {"status": {"userInfo": user_info(user)}}
        subject = user if virtual is SELF_ACCESS_REVIEW else _subject(virtual, spec)
        verdict = self._authorization.verdict(_attributes(virtual, spec, subject))
        status: Object = {"allowed": verdict.allowed}
        if verdict.reason:
            status["reason"] = verdict.reason
        return review | {"spec": spec, "status": status}


def user_info(user: User) -> Object:
    """A user as reviews show it."""
    info: Object = {"username": user.name, "groups": list(user.groups)}
    if user.uid:
        info["uid"] = user.uid
    if user.extra:
        info["extra"] = {key: list(values) for key, values in user.extra.items()}
    return info


def _subject(virtual: Virtual, spec: Object) -> User:
    name, groups = spec.get("user") or "", spec.get("groups") or []
    if not name and not groups:
        why = 'Required value: at least one of "user", "groups" must be specified'
        raise InvalidError.of(virtual.kind, "", [Cause("FieldValueRequired", why, "spec.user")], virtual.resource.group)
    return User(str(name), tuple(str(group) for group in groups))


def _attributes(virtual: Virtual, spec: Object, user: User) -> Attributes:
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (resource is None) == (path is None):
        why = "Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise InvalidError.of(virtual.kind, "", [Cause("FieldValueInvalid", why, "spec")], virtual.resource.group)
    if path is not None:
        return Attributes(user, _text(path, "verb"), path=_text(path, "path"))
    fields = ("verb", "group", "version", "resource", "subresource", "namespace", "name")
    return Attributes(user, *(_text(resource, field) for field in fields))


def _text(value: JSON, field: str) -> str:
    if not isinstance(value, dict):
        raise BadRequestError("the attributes of a review must be an object")
    return str(value.get(field) or "")
