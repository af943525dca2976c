"""Every kind that the kernel and its own plugins bring says what the published API says, field by field."""

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import orjson
import pytest

import upstream
from kubernel.hooks import Registrations
from kubernel.hooks.discovery import load_plugins
from kubernel.objects import fields as f
from kubernel.objects import kinds, meta, openapi, wire
from kubernel.objects.compiled import compiled
from kubernel.objects.openapi.properties import V2, Describer
from kubernel.ports.resource import ResourceDefinition

pytestmark = upstream.needs_upstream

META = "io.k8s.apimachinery.pkg.apis.meta.v1"
OURS_ALONE = ("description", "default", "enum")
OF_EVERY_GROUP = (f"{META}.DeleteOptions", f"{META}.WatchEvent")


@pytest.fixture(scope="module")
def definitions() -> Sequence[ResourceDefinition]:
    """The kinds of the kernel and of the first-party plugins."""
    registered: Registrations[ResourceDefinition] = Registrations("resource")
    load_plugins().plugins.collect("kubernel_register_resources", resources=registered)
    return [*kinds(), *(definition for _, definition in registered)]


@pytest.fixture(scope="module")
def ours(definitions: Sequence[ResourceDefinition]) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(openapi.v2(definitions))
    return document


def bare(definition: dict[str, Any]) -> dict[str, Any]:
    """A definition without its prose, and without what only ours says."""
    kept = {name: value for name, value in definition.items() if name not in OURS_ALONE and name != "x-kubernetes-unions"}
    if "items" in kept:
        kept["items"] = bare(kept["items"])
    if isinstance(kept.get("additionalProperties"), dict):
        kept["additionalProperties"] = bare(kept["additionalProperties"])
    return kept


def differences(name: str, own: dict[str, Any], published: dict[str, Any]) -> Iterator[str]:
    """What one definition lacks, has too much, or says otherwise."""
    own_fields, published_fields = own.get("properties", {}), published.get("properties", {})
    for field in sorted({*own_fields, *published_fields}):
        if field not in own_fields:
            yield f"{name}.{field} is missing"
        elif field not in published_fields:
            yield f"{name}.{field} is not published"
        elif bare(own_fields[field]) != bare(published_fields[field]):
            yield f"{name}.{field} is {bare(own_fields[field])}, published {bare(published_fields[field])}"
    if sorted(own.get("required", [])) != sorted(published.get("required", [])):
        yield f"{name} requires {sorted(own.get('required', []))}, published {sorted(published.get('required', []))}"
    rest = {"properties", "required", "x-kubernetes-group-version-kind"}
    own_rest, published_rest = ({k: v for k, v in bare(d).items() if k not in rest} for d in (own, published))
    if own_rest != published_rest:
        yield f"{name} is {own_rest}, published {published_rest}"
    own_kinds, published_kinds = (d.get("x-kubernetes-group-version-kind", []) for d in (own, published))
    strays = [kind for kind in own_kinds if kind not in published_kinds]
    if strays or (name not in OF_EVERY_GROUP and len(own_kinds) != len(published_kinds)):
        yield f"{name} is of kinds {own_kinds}, published {published_kinds}"


def test_every_definition_has_the_published_fields_types_and_merge_keys(ours: dict[str, Any]) -> None:
    published = upstream.openapi()["definitions"]
    found: list[str] = []
    for name, definition in sorted(ours["definitions"].items()):
        found += differences(name, definition, published[name]) if name in published else [f"{name} is not published"]
    assert not found, "\n".join(["our kinds differ from the published ones:", *found])


@pytest.mark.parametrize("module", [meta, wire])
def test_the_common_types_are_the_published_ones(module: ModuleType) -> None:
    published = upstream.openapi()["definitions"]
    schemas = [schema for schema in vars(module).values() if isinstance(schema, type) and issubclass(schema, f.ApiSchema)]
    found: list[str] = []
    for schema in filter(f.definition_of, schemas):
        name = f.definition_of(schema)
        expected = {key: value for key, value in published[name].items() if key != "x-kubernetes-group-version-kind"}
        found += differences(name, Describer(V2).describe(schema), expected)
    assert not found, "\n".join(found)


def test_every_path_has_the_published_operations(ours: dict[str, Any]) -> None:
    published = upstream.openapi()["paths"]
    found = []
    for path, operations in ours["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            other = published.get(path, {}).get(method)
            if other is None:
                found.append(f"{method} {path} is not published")
                continue
            found += [
                f"{method} {path} has {field} {operation.get(field)}, published {other.get(field)}"
                for field in ("operationId", "tags", "x-kubernetes-action", "x-kubernetes-group-version-kind")
                if operation.get(field) != other.get(field)
            ]
    assert not found, "\n".join(["our paths differ from the published ones:", *found])


def test_no_operation_of_the_published_resources_is_forgotten(
    ours: dict[str, Any], definitions: Sequence[ResourceDefinition]
) -> None:
    published = upstream.openapi()["paths"]
    verbs = {"get": "get", "put": "update", "patch": "patch", "delete": "delete"}
    found = []
    for definition in definitions:
        path = definition.resource.path("{namespace}" if definition.namespaced else None, "{name}")
        for method, verb in verbs.items():
            if method in published[path] and verb in definition.verbs and method not in ours["paths"][path]:
                found.append(f"{method} {path} is missing")
    assert not found, "\n".join(found)


def test_published_objects_decode_whole(definitions: Sequence[ResourceDefinition]) -> None:
    """The published sample objects use every field, so none may be unknown and nothing may be lost."""
    found = []
    for definition in definitions:
        resource = definition.resource
        sample = upstream.published_object(resource.group, resource.version, definition.kind)
        if sample is None:
            found.append(f"no sample of {definition.kind} in {resource.api_version}")
            continue
        decoded = compiled(definition.schema).decode(sample)
        found += [f"{definition.kind}: {text}" for text in (*decoded.type_errors, *decoded.warnings())]
        if not found and decoded.object.keys() != sample.keys():
            found.append(f"{definition.kind}: {sample.keys() - decoded.object.keys()} got lost")
    assert not found, "\n".join(found)
