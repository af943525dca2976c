"""Taking a body in: is it an object of this kind, and what of it does the kind's schema know."""

from typing import Any

from kubernel.errors import BadRequestError, InvalidError
from kubernel.objects import causes
from kubernel.objects.compiled import Decoded, compiled
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.requests import FieldValidation
from kubernel.types.json import JSON, Object
from kubernel.types.references import split_api_version


def take(definition: ResourceDefinition, body: JSON, validation: FieldValidation, warnings: list[str]) -> Object:
    """A fresh object of the definition's kind, with its constant defaults; what was left out is told in `warnings`.

    :raises BadRequestError: the body is no object of this kind, a value has the wrong type, or (Strict) a field is unknown.
    """
    _check_kind(definition, body)
    schema = compiled(definition.schema)
    decoded = schema.decode(body)
    new = decoded.accept(definition.kind, definition.resource.version, strict=validation == "Strict")
    if validation == "Warn" and decoded.unknown:
        warnings.extend(decoded.warnings())
    schema.default(new)
    return new


def take_patched(definition: ResourceDefinition, document: Object, validation: FieldValidation, warnings: list[str]) -> Object:
    """The same for what a patch made; then it is the patch that is wrong.

    :raises InvalidError: a value has the wrong type now, or (Strict) a field is unknown.
    """
    schema = compiled(definition.schema)
    _check_kind(definition, document)
    decoded = schema.decode(document)
    wrong = _wrong_with(decoded, validation)
    if wrong:
        raise InvalidError.of("", "", [causes.invalid("patch", _shown(document), wrong)])
    if validation == "Warn" and decoded.unknown:
        warnings.extend(decoded.warnings())
    schema.default(decoded.object)
    return decoded.object


def _wrong_with(decoded: Decoded, validation: FieldValidation) -> str:
    if decoded.type_errors:
        return decoded.type_errors[0]
    if validation == "Strict" and decoded.unknown:
        return "strict decoding error: " + ", ".join(decoded.warnings())
    return ""


def _shown(document: Object) -> Any:
    """What of a patched object is worth repeating in a message."""
    return {field: value for field, value in document.items() if field not in ("status", "metadata")}


def _check_kind(definition: ResourceDefinition, body: JSON) -> None:
    if not isinstance(body, dict):
        raise BadRequestError(f"the object provided is unrecognized (must be of type {definition.kind}): an object is expected")
    version, kind = body.get("apiVersion") or "", body.get("kind") or ""
    expected = definition.resource.api_version
    if version and version != expected:
        raise BadRequestError(f"the API version in the data ({version}) does not match the expected API version ({expected})")
    if kind and kind != definition.kind:
        short = split_api_version(version or expected)[1]
        wanted = definition.kind
        raise BadRequestError(
            f'{kind} in version "{short}" cannot be handled as a {wanted}: an object of kind {wanted} is expected'
        )
