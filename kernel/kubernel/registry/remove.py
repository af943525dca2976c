"""Deleting an object, or all that a selection names: the rules of `deletion`, with admission before and a commit after."""

from kubernel.errors import ConflictError, NotFoundError, RevisionMismatchError
from kubernel.registry import namespaces
from kubernel.registry.deletion import check_preconditions, decide
from kubernel.registry.encoding import decode
from kubernel.registry.pipeline import CONTENDED_ATTEMPTS, Pipeline, Target
from kubernel.registry.requests import Cached, DeleteOptions, WriteAnswer


async def remove(pipeline: Pipeline, target: Target, options: DeleteOptions) -> WriteAnswer:
    """See `Registry.delete`."""
    resource = target.definition.resource
    for attempt in range(1, CONTENDED_ATTEMPTS + 1):
        current = pipeline.state.present(target.stored, target.key)
        if current is None:
            raise NotFoundError.of(resource.plural, target.name, resource.group)
        try:
            return await _attempt(pipeline, target, current, options)
        except RevisionMismatchError as error:
            if attempt == CONTENDED_ATTEMPTS:
                raise ConflictError.of(resource.plural, target.name, resource.group) from error
    raise AssertionError("the last attempt answers or raises")


async def _attempt(pipeline: Pipeline, target: Target, current: Cached, options: DeleteOptions) -> WriteAnswer:
    # A private copy: what is marked shares its parts, and a strategy may change them.
    old = decode(current.encoded)
    check_preconditions(old, target.definition, target.name, options)
    namespaces.check_mortal(target)
    warnings = pipeline.mutate("delete", target, None, old, options) + pipeline.admit("delete", target, None, old, options)
    context = pipeline.context(options.dry_run)
    decision = decide(old, target.stored, options, context.now)
    if decision.marked is not None:
        marked = decision.marked
        value = pipeline.encoded(target, marked)
        if options.dry_run:
            return pipeline.answer(target, marked, value, current.revision, warnings)
        revision = await pipeline.state.commit(pipeline.put(target, value, current.revision, context))
        return pipeline.answer(target, marked, value, revision, warnings)
    if decision.remove:
        target.stored.strategy.before_delete(old, context)
        if not options.dry_run:
            await pipeline.state.commit(pipeline.delete(target, current.revision, context))
    return pipeline.unchanged(target, current, warnings, deleted=decision.remove)
