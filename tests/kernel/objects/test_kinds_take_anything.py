"""Whatever a schema lets through, a kind's rules and columns give an answer: causes, never a crash."""

import contextlib
import copy
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import upstream
from kubernel.errors import InvalidError
from kubernel.objects import kinds
from kubernel.objects.compiled import compiled
from kubernel.ports.resource import ResourceDefinition, WriteContext
from kubernel.types.json import Object
from kubernel.types.references import ResourceType
from kubernel_workloads.deployment.definition import DEPLOYMENT
from kubernel_workloads.replicaset.definition import REPLICA_SET

pytestmark = upstream.needs_upstream

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STORED = [definition for definition in (*kinds(), DEPLOYMENT, REPLICA_SET) if definition.stored_as is None]
EVERY_KIND = pytest.mark.parametrize("definition", STORED, ids=lambda definition: definition.kind)


class NothingElse:
    """A reader of an empty cluster."""

    def get(self, resource: ResourceType, key: str) -> Object | None:
        return None

    def list(self, resource: ResourceType, namespace: str = "") -> Sequence[Object]:
        return ()


def filled(definition: ResourceDefinition) -> Object:
    """An object of the kind with every field set."""
    resource = definition.resource
    published = upstream.published_object(resource.group, resource.version, definition.kind)
    assert published is not None
    return compiled(definition.schema).decode(published).object


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything in an object."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in steps:
        yield (*path, step)
        yield from places(item, (*path, step))


def without(obj: Object, paths: Sequence[tuple[Any, ...]]) -> Object:
    """A copy with some parts taken away; lists become empty rather than shorter."""
    found = copy.deepcopy(obj)
    for path in paths:
        holder: Any = found
        for step in path[:-1]:
            holder = holder.get(step) if isinstance(holder, dict) else holder[step] if step < len(holder) else None
            if holder is None:
                break
        if isinstance(holder, dict):
            holder.pop(path[-1], None)
        elif isinstance(holder, list):
            holder.clear()
    found.setdefault("metadata", {}).setdefault("name", "x")
    return found


def go_through(definition: ResourceDefinition, new: Object, old: Object) -> None:
    """All that the pipeline asks of a kind's definition."""
    schema, strategy = compiled(definition.schema), definition.strategy
    context = WriteContext(NothingElse(), NOW, {"service_cidr": "127.99.0.0/16"})
    created = copy.deepcopy(new)
    with contextlib.suppress(InvalidError):
        strategy.prepare_create(created, context)
    with contextlib.suppress(InvalidError):
        strategy.prepare_update(new, old, context)
    schema.default(new)
    strategy.default(new, context)
    found = [
        *schema.validate(new),
        *strategy.validate(new),
        *strategy.validate_update(new, old),
        *strategy.validate_status(new, old),
    ]
    assert all(cause.reason and cause.message for cause in found)
    for column in definition.columns:
        column.cell(new, NOW)
    assert set(strategy.selectable(new)) == set(strategy.selectable_fields)
    strategy.grace_seconds(new, None)
    strategy.keep_deleted(new)
    strategy.before_delete(new, context)


@EVERY_KIND
def test_an_object_with_every_field_is_judged(definition: ResourceDefinition) -> None:
    whole = filled(definition)
    go_through(definition, copy.deepcopy(whole), whole)


@EVERY_KIND
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_an_object_with_any_parts_missing_is_judged(definition: ResourceDefinition, data: st.DataObject) -> None:
    whole = filled(definition)
    everywhere = sorted(places(whole), key=str)
    missing = data.draw(st.lists(st.sampled_from(everywhere), min_size=1, max_size=12))
    go_through(definition, without(whole, missing), whole)
    go_through(definition, copy.deepcopy(whole), without(whole, missing))


@EVERY_KIND
def test_an_almost_empty_object_is_judged(definition: ResourceDefinition) -> None:
    go_through(definition, {"metadata": {"name": "x"}}, {"metadata": {"name": "x"}})
    go_through(definition, {"metadata": {"name": "x"}, "spec": {}, "status": {}}, filled(definition))
