"""Changing an object: replace, patch and the subresources are one path that differs in what it makes the next state from.

`Change` says which: how the next state comes from the present one, and which of the kind's rules are asked. The next state is
made anew for each attempt, from the state as it is then. Nothing is written when nothing changed. When the last finalizer of an
object goes whose deletion was asked for, the object goes too, in the same commit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from kubernel.errors import Cause, ConflictError, InvalidError, NotFoundError, RevisionMismatchError
from kubernel.objects.metadata_rules import metadata_update_causes
from kubernel.ports.resource import WriteContext
from kubernel.registry import identity
from kubernel.registry.create import create
from kubernel.registry.deletion import completes
from kubernel.registry.encoding import copied
from kubernel.registry.lists import parse_revision
from kubernel.registry.pipeline import ATTEMPTS, CONTENDED_ATTEMPTS, Pipeline, Target, exhausted, is_claim
from kubernel.registry.requests import Cached, WriteAnswer, WriteOptions
from kubernel.types.json import JSON, Object

Rules: TypeAlias = Literal["all", "status", "own"]


@dataclass(frozen=True, slots=True)
class Change:
    """A wish: what makes the next state, an object of its own, of the present one, and adds warnings.

    `rules` are `all` of the kind's for its main path, those of `status`, or (for subresources with rules of their `own`) only
    the schema's. `body` is what creates the object when there is none and the kind allows that.
    """

    make: Callable[[Cached, list[str]], Object]
    rules: Rules = "all"
    body: JSON = None
    must_exist: bool = True


async def update(pipeline: Pipeline, target: Target, change: Change, options: WriteOptions) -> WriteAnswer:
    """See `Registry.update`."""
    resource = target.definition.resource
    for attempt in range(1, CONTENDED_ATTEMPTS + 1):
        current = pipeline.state.present(target.stored, target.key)
        if current is None:
            if change.must_exist:
                raise NotFoundError.of(resource.plural, target.name, resource.group)
            return await create(pipeline, target, _as_new(target, change.body), options)
        try:
            return await _attempt(pipeline, target, current, change, options)
        except RevisionMismatchError as error:
            if is_claim(error):
                if attempt >= ATTEMPTS:
                    raise exhausted(target, error) from error
            elif attempt == CONTENDED_ATTEMPTS:
                raise ConflictError.of(resource.plural, target.name, resource.group) from error
    raise AssertionError("the last attempt answers or raises")


async def _attempt(pipeline: Pipeline, target: Target, current: Cached, change: Change, options: WriteOptions) -> WriteAnswer:
    old = current.peek()
    warnings: list[str] = []
    new = change.make(current, warnings)
    _check_version(target, new, current)
    identity.check_uid(new, old, target.definition, target.name)
    identity.carry_over(new, old)
    context = pipeline.context(options.dry_run)
    if change.rules == "all":
        _keep_status(target, new, old)
        target.stored.strategy.prepare_update(new, old, context)
    warnings += pipeline.mutate("update", target, new, old, options)
    pipeline.default(target, new, context)
    if change.rules != "status":
        _count_generation(target, new, old, change.rules)
    pipeline.refuse(target, new, _causes(pipeline, target, new, old, change.rules))
    warnings += pipeline.admit("update", target, new, old, options)
    warnings = [*context.warnings, *warnings]
    if identity.unchanged(new, old):
        return pipeline.unchanged(target, current, warnings)
    return await _write(pipeline, target, current, new, context, warnings)


def _as_new(target: Target, body: JSON) -> JSON:
    """A body for creation: it names the object that the path names, and the state that the client has seen is gone."""
    if not isinstance(body, dict):
        return body
    given = body.get("metadata")
    metadata = {field: value for field, value in given.items() if field != "resourceVersion"} if isinstance(given, dict) else {}
    new = {**body, "metadata": metadata}
    identity.check_path(new, target.definition, target.namespace, target.name)
    return new


async def _write(
    pipeline: Pipeline, target: Target, current: Cached, new: Object, context: WriteContext, warnings: list[str]
) -> WriteAnswer:
    value = pipeline.encoded(target, new)
    gone = completes(new, target.stored.strategy)
    if gone:
        target.stored.strategy.before_delete(new, context)
    if context.dry_run:
        return pipeline.answer(target, new, value, current.revision, warnings, deleted=gone)
    write = pipeline.delete(target, current.revision, context) if gone else pipeline.put(target, value, current.revision, context)
    revision = await pipeline.state.commit(write)
    return pipeline.answer(target, new, value, revision, warnings, deleted=gone)


def _check_version(target: Target, new: Object, current: Cached) -> None:
    """:raises ConflictError: the client has seen another state than the present one."""
    resource = target.definition.resource
    asked = parse_revision((new.get("metadata") or {}).get("resourceVersion") or "")
    if asked and asked != current.revision:
        raise ConflictError.of(resource.plural, target.name, resource.group)
    if not asked and not target.stored.strategy.unconditional_update:
        cause = Cause("FieldValueInvalid", "Invalid value: 0x0: must be specified for an update", "metadata.resourceVersion")
        raise InvalidError.of(resource.plural, target.name, [cause], resource.group)


def _keep_status(target: Target, new: Object, old: Object) -> None:
    if not target.stored.status:
        return
    if "status" in old:
        new["status"] = copied(old["status"])
    else:
        new.pop("status", None)


def _count_generation(target: Target, new: Object, old: Object, rules: Rules) -> None:
    counted = rules == "all" and target.stored.strategy.generation
    if counted and not identity.same_outside(new, old, ("metadata", "status", "kind", "apiVersion")):
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def _causes(pipeline: Pipeline, target: Target, new: Object, old: Object, rules: Rules) -> list[Cause]:
    strategy = target.stored.strategy
    causes = [*pipeline.schema_causes(target, new), *metadata_update_causes(new["metadata"], old["metadata"])]
    if rules == "all":
        causes += [*strategy.validate(new), *strategy.validate_update(new, old)]
    elif rules == "status":
        causes += strategy.validate_status(new, old)
    return causes
