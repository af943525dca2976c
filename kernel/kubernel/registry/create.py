"""Creating an object: its identity, the namespace it goes to, and a name of the server's making where it has none."""

from kubernel.errors import AlreadyExistsError, RevisionMismatchError
from kubernel.registry import identity, intake, namespaces
from kubernel.registry.pipeline import ATTEMPTS, Pipeline, Target, exhausted, is_claim
from kubernel.registry.requests import WriteAnswer, WriteOptions
from kubernel.types.json import JSON, Object


async def create(pipeline: Pipeline, target: Target, body: JSON, options: WriteOptions) -> WriteAnswer:
    """See `Registry.create`."""
    # A cache that begins before its resource's first write can replay a watch from there.
    pipeline.state.cache(target.stored)
    for attempt in range(1, ATTEMPTS + 1):
        warnings: list[str] = []
        new = target.to_stored(intake.take(target.definition, body, options.field_validation, warnings))
        try:
            return await _attempt(pipeline, target, new, options, warnings)
        except RevisionMismatchError as error:
            if not is_claim(error):
                if not _was_generated(body) or attempt == ATTEMPTS:
                    raise already_exists(pipeline, target, new["metadata"]["name"]) from error
            elif attempt == ATTEMPTS:
                raise exhausted(target, error) from error
    raise AssertionError("the last attempt answers or raises")


async def _attempt(pipeline: Pipeline, asked: Target, new: Object, options: WriteOptions, warnings: list[str]) -> WriteAnswer:
    strategy = asked.stored.strategy
    context = pipeline.context(options.dry_run)
    identity.begin(new, asked.stored, asked.namespace, context.now)
    if asked.stored.status and not strategy.status_on_create:
        new.pop("status", None)
    name = new["metadata"].get("name", "")
    target = Target(asked.definition, asked.stored, asked.namespace, name)
    namespaces.check_open(pipeline.state, target)
    strategy.prepare_create(new, context)
    warnings += pipeline.mutate("create", target, new, None, options)
    pipeline.default(target, new, context)
    pipeline.refuse(target, new, [*pipeline.schema_causes(target, new), *strategy.validate(new)])
    warnings += pipeline.admit("create", target, new, None, options)
    value = pipeline.encoded(target, new)
    if options.dry_run:
        if pipeline.state.present(target.stored, target.key) is not None:
            raise already_exists(pipeline, target, name)
        return pipeline.answer(target, new, value, 0, [*context.warnings, *warnings], created=True)
    revision = await pipeline.state.commit(pipeline.put(target, value, 0, context))
    return pipeline.answer(target, new, value, revision, [*context.warnings, *warnings], created=True)


def _was_generated(body: JSON) -> bool:
    return not body["metadata"].get("name")


def already_exists(pipeline: Pipeline, target: Target, name: str) -> AlreadyExistsError:
    """The answer to a name that is taken; it says so when the other object is on its way out."""
    resource = target.definition.resource
    error = AlreadyExistsError.of(resource.plural, name, resource.group)
    found = pipeline.state.present(target.stored, Target(target.definition, target.stored, target.namespace, name).key)
    if found is not None and found.peek()["metadata"].get("deletionTimestamp"):
        message = f"object is being deleted: {error.message}"
        return AlreadyExistsError(message, group=error.group, kind=error.kind, name=error.name)
    return error
