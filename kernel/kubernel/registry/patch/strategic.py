"""Strategic merge patch: a merge patch that knows, from the schema, which lists are merged and by which field.

Beside plain values a patch may hold directives: `$patch: delete | replace | merge` in an object or in an element of a list,
`$setElementOrder/LIST` with the order of the elements, `$deleteFromPrimitiveList/LIST` with values to take out of a list of plain
values, and `$retainKeys` with the only keys of an object that may stay (for unions). A field that the schema does not know is
merged like a merge patch; whether it may be there is the decoder's matter.
"""

from collections.abc import Mapping
from typing import Any

from kubernel.errors import BadRequestError
from kubernel.objects.nodes import FieldNode, SchemaNode
from kubernel.registry.patch import elements
from kubernel.types.json import JSON, Object

MEDIA_TYPE = "application/strategic-merge-patch+json"

PATCH = "$patch"
RETAIN = "$retainKeys"
ORDER = "$setElementOrder/"
DELETE = "$deleteFromPrimitiveList/"
Node = FieldNode | SchemaNode


def apply(document: Object, patch: JSON, schema: SchemaNode) -> Object:
    """The patched document; `document` and `patch` may be changed on the way.

    :raises BadRequestError: a directive is malformed, or an element lacks its list's merge key.
    """
    if not isinstance(patch, dict):
        raise BadRequestError("error decoding patch: a strategic merge patch is an object")
    return merge_objects(document, patch, schema)


def merge_objects(document: Object, patch: Object, node: Node | None) -> Object:
    """Merge a patch into an object whose fields `node` describes."""
    if PATCH in patch:
        directive = patch.pop(PATCH)
        if directive == "replace":
            replaced: Object = without_directives(patch)
            return replaced
        if directive == "delete":
            return {}
        if directive != "merge":
            raise BadRequestError(f"error decoding patch: unknown patch type {directive!r} in {PATCH}")
    _retain(document, patch)
    orders = {name[len(ORDER) :]: patch.pop(name) for name in [name for name in patch if name.startswith(ORDER)]}
    for name in [name for name in patch if name.startswith(DELETE)]:
        _delete_values(document, name[len(DELETE) :], patch.pop(name))
    for name, order in orders.items():
        _ordered_list(document, patch, name, order, _child(node, name))
    for name, value in patch.items():
        if value is None:
            document.pop(name, None)
        elif name in document:
            document[name] = _merge_value(document[name], value, _child(node, name))
        else:
            document[name] = without_directives(value)
    return document


def _merge_value(present: JSON, value: JSON, node: FieldNode | None) -> JSON:
    strategies = node.patch_strategy.split(",") if node is not None else []
    if isinstance(present, dict) and isinstance(value, dict):
        return without_directives(value) if "replace" in strategies else merge_objects(present, value, node)
    if isinstance(present, list) and isinstance(value, list) and node is not None and "merge" in strategies:
        return _merge_lists(present, value, node)
    return without_directives(value)


def _merge_lists(present: list[Any], patch: list[Any], node: FieldNode) -> list[Any]:
    if not any(isinstance(element, dict) for element in (*present, *patch)):
        merged = present + [value for value in elements.unique(patch) if value not in present]
        return elements.arranged(merged, elements.unique(patch), present, "")
    key = node.merge_key
    if not key:
        raise BadRequestError(f"error decoding patch: the list {node.name!r} has no merge key")
    wanted: list[Object] = []
    replace = False
    for element in patch:
        directive = _element(element, node).get(PATCH)
        if directive == "delete":
            value = _key_of(element, key)
            present = [other for other in present if other.get(key) != value]
        elif directive == "replace":
            replace = True
        elif directive is None:
            wanted.append(element)
        else:
            raise BadRequestError(f"error decoding patch: {PATCH} {directive!r} cannot be used in the list {node.name!r}")
    if replace:
        return [without_directives(element) for element in wanted]
    merged = [_element(element, node) for element in present]
    for element in wanted:
        value = _key_of(element, key)
        position = next((i for i, other in enumerate(merged) if other.get(key) == value), -1)
        if position < 0:
            merged.append(without_directives(element))
        else:
            merged[position] = merge_objects(merged[position], element, node.element)
    return elements.arranged(merged, wanted, present, key)


def _ordered_list(document: Object, patch: Object, name: str, order: JSON, node: FieldNode | None) -> None:
    """Merge a list and bring it into the order that a `$setElementOrder` gives."""
    if not isinstance(order, list):
        raise BadRequestError(f"error decoding patch: {ORDER}{name} must be a list")
    present, value = document.get(name), patch.pop(name, None)
    if not isinstance(present, list | None) or not isinstance(value, list | None):
        raise BadRequestError(f"error decoding patch: {ORDER}{name} is for a list")
    if present is None and value is None:
        return
    key = node.merge_key if node is not None else ""
    if value is not None:
        elements.check_order(value, order, key, name)
    before = list(present or ())
    if value is None:
        merged = before
    elif present is None:
        merged = without_directives([element for element in value if not elements.is_directive(element)])
    else:
        merged = _merge_value(present, value, node)
    document[name] = elements.arranged(merged, order, before, key)


def _delete_values(document: Object, name: str, values: JSON) -> None:
    if not isinstance(values, list):
        raise BadRequestError(f"error decoding patch: {DELETE}{name} must be a list")
    present = document.get(name)
    if isinstance(present, list):
        document[name] = [value for value in present if value not in values]


def _retain(document: Object, patch: Object) -> None:
    kept = patch.pop(RETAIN, None)
    if kept is None:
        return
    if not isinstance(kept, list):
        raise BadRequestError(f"error decoding patch: {RETAIN} must be a list of keys")
    stray = [name for name in patch if not name.startswith("$") and patch[name] is not None and name not in kept]
    if stray:
        raise BadRequestError(f"error decoding patch: {RETAIN} does not name {', '.join(stray)}, which the patch sets")
    for name in [name for name in document if name not in kept]:
        del document[name]


def _child(node: Node | None, name: str) -> FieldNode | None:
    return node.node(name) if node is not None else None


def _element(element: JSON, node: FieldNode) -> Mapping[str, Any] | Any:
    if not isinstance(element, dict):
        raise BadRequestError(f"error decoding patch: the list {node.name!r} holds objects, found {element!r}")
    return element


def _key_of(element: Mapping[str, Any], key: str) -> JSON:
    if key not in element:
        raise BadRequestError(f"error decoding patch: map: {dict(element)} does not contain declared merge key: {key}")
    return element[key]


def without_directives(value: JSON) -> JSON:
    """A value that is new to the document: without the directives in it, and without the nulls that would remove something."""
    if isinstance(value, list):
        return [without_directives(element) for element in value if not elements.is_directive(element)]
    if not isinstance(value, dict):
        return value
    return {
        name: without_directives(inner)
        for name, inner in value.items()
        if inner is not None and name not in (PATCH, RETAIN) and not name.startswith((ORDER, DELETE))
    }
