"""Lists: selectors, pages and resource versions, answered from a watch cache.

A page continues at the revision of the first one: what has changed since is undone from the cache's window of events, so that
all pages together are one consistent list, and nothing is kept between them. Once the window has moved on, the token expires
with 410; the answer carries a token that goes on from the same key in the present state, as Kubernetes does.

A list without selectors and pages is the cache's own sequence: no copying, no looking at objects.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice

import orjson

from kubernel.errors import BadRequestError, Cause, ExpiredError, InvalidError
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.cache import WatchCache
from kubernel.registry.requests import Cached, ListAnswer, ListOptions
from kubernel.types.numbers import whole_number

EVERYWHERE = ("metadata.name", "metadata.namespace")
PRESENT = -1
"""In a continue token: go on in the present state."""

TOKEN_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the "
    "continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with "
    "the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the "
    "first chunk was returned and now may show up in the list."
)
VERSION_EXPIRED = "The resourceVersion for the provided list is too old."
Convert = Callable[[Cached], Cached]


@dataclass(frozen=True, slots=True)
class _Range:
    """Keys from `start` up to, not including, `end` ("" for the last)."""

    start: str
    end: str

    def holds(self, key: str) -> bool:
        return self.start <= key and (not self.end or key < self.end)


def select(
    cache: WatchCache, definition: ResourceDefinition, namespace: str, options: ListOptions, convert: Convert | None = None
) -> ListAnswer:
    """Answer a list.

    :param convert: what makes a view's object of a stored one; selectors then look at the view.
    :raises BadRequestError: an unknown field, a broken continue token, a resource version that is no number.
    :raises ExpiredError: the token or the exact revision is older than the window.
    """
    check_fields(definition, options)
    token = decode_token(options.continue_token) if options.continue_token else None
    past = _revision_wanted(cache, options, token)
    selective = bool(options.labels) or bool(options.fields)
    span = _range(namespace, options)
    if token is not None:
        span = _Range(max(span.start, token[1]), span.end)
    with cache.lock:
        revision = cache.revision
        undone: dict[str, Cached | None] = {}
        if past is not None:
            if not cache.history.covers(past):
                raise _expired(token)
            revision, undone = past, cache.history.undone(past)
        page = options.limit if options.limit > 0 and not selective else 0
        found, total = _gather(cache, definition, span, options, undone, page)
    if convert is not None:
        found = [convert(cached) for cached in found]
    if selective:
        found = _filter(found, definition, options, options.limit + 1 if options.limit > 0 else 0)
        total = len(found)
    if options.limit <= 0 or total <= options.limit:
        return ListAnswer(found, revision)
    found = found[: options.limit]
    following = encode_token(revision, found[-1].key + "\0")
    return ListAnswer(found, revision, following, None if selective else total - options.limit)


def _revision_wanted(cache: WatchCache, options: ListOptions, token: tuple[int, str] | None) -> int | None:
    """The past revision to answer for; None for the present state, which is then as fresh as was asked for."""
    asked = parse_revision(options.resource_version)
    if token is not None:
        if asked:
            raise BadRequestError("specifying resource version is not allowed when using continue")
        return None if token[0] == PRESENT else token[0]
    if options.match and not options.resource_version:
        raise _forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided")
    if options.match == "Exact":
        if not asked:
            raise _forbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
        cache.reach(asked)
        return asked
    if not options.resource_version:
        cache.check_live()
    elif asked:
        cache.reach(asked)
    return None


def _gather(
    cache: WatchCache,
    definition: ResourceDefinition,
    span: _Range,
    options: ListOptions,
    undone: dict[str, Cached | None],
    page: int,
) -> tuple[Sequence[Cached], int]:
    """The candidates in key order, at most `page` (0: all) of them, and how many there are. Called with the lock held."""
    if undone:
        return _gather_past(cache, span, undone, page)
    exact = options.fields.exact() if options.fields else {}
    if not span.start and not span.end and not page and not exact:
        everything = cache.everything()
        return everything, len(everything)
    if definition is cache.definition:
        for field, value in exact.items():
            if field not in EVERYWHERE:
                indexed = cache.index(field).keys(value)
                found = [cached for cached in map(cache.get, filter(span.holds, indexed)) if cached is not None]
                return found, len(found)
    if not page:
        inside = cache.between(span.start, span.end)
        return inside, len(inside)
    found = [cached for cached in map(cache.get, islice(cache.keys(span.start, span.end), page)) if cached is not None]
    return found, cache.count(span.start, span.end)


def _gather_past(cache: WatchCache, span: _Range, undone: dict[str, Cached | None], page: int) -> tuple[Sequence[Cached], int]:
    """The same for an earlier state: the present one with what has changed since undone."""
    changed = sorted(filter(span.holds, undone))
    total = cache.count(span.start, span.end)
    total += sum((undone[key] is not None) - (cache.get(key) is not None) for key in changed)
    candidates: list[Cached] = []
    last = ""
    for key in merge(cache.keys(span.start, span.end), changed):
        if page and len(candidates) == page:
            break
        then = undone[key] if key in undone else cache.get(key)
        if then is not None and key != last:
            candidates.append(then)
        last = key
    return candidates, total


def _filter(candidates: Sequence[Cached], definition: ResourceDefinition, options: ListOptions, enough: int) -> list[Cached]:
    """What the selectors select; stops when there is enough. Done without the lock, since it may look into every object."""
    labels, fields = options.labels, options.fields
    found: list[Cached] = []
    for cached in candidates:
        if labels and not labels.matches(cached.labels):
            continue
        if fields and not fields.matches(cached.fields(definition)):
            continue
        found.append(cached)
        if len(found) == enough:
            break
    return found


def _range(namespace: str, options: ListOptions) -> _Range:
    """The keys that can be meant: a namespace, or one object."""
    exact = options.fields.exact() if options.fields else {}
    inside = namespace or exact.get("metadata.namespace", "")
    name = exact.get("metadata.name", "")
    if inside and name:
        return _Range(f"{inside}/{name}", f"{inside}/{name}\0")
    # "0" is the character after "/": the end of everything that begins with "namespace/".
    return _Range(f"{inside}/", f"{inside}0") if inside else _Range("", "")


def check_fields(definition: ResourceDefinition, options: ListOptions) -> None:
    """:raises BadRequestError: a field selector names a field that the kind does not offer."""
    for requirement in options.fields.requirements:
        if requirement.key not in EVERYWHERE and requirement.key not in definition.strategy.selectable_fields:
            raise BadRequestError(f"field label not supported: {requirement.key}")


def parse_revision(text: str) -> int:
    """A resource version as a number; 0 for none.

    :raises BadRequestError: it is not one.
    """
    if not text:
        return 0
    revision = whole_number(text)
    if revision is None:
        raise BadRequestError(f'invalid resource version "{text}": a number is expected')
    return revision


def encode_token(revision: int, start: str) -> str:
    """A continue token: the revision of the list and the key to go on from."""
    body = orjson.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": start})
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def decode_token(token: str) -> tuple[int, str]:
    """:raises BadRequestError: this is none of our tokens."""
    try:
        body = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        revision, start = body["rv"], body["start"]
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise BadRequestError(f"continue key is not valid: {error}") from error
    if not isinstance(revision, int) or not isinstance(start, str) or revision < PRESENT or not start:
        raise BadRequestError("continue key is not valid: incorrect encoded start resourceVersion or key")
    return revision, start


def _expired(token: tuple[int, str] | None) -> ExpiredError:
    if token is None:
        return ExpiredError(VERSION_EXPIRED)
    error = ExpiredError(TOKEN_EXPIRED)
    error.continue_token = encode_token(PRESENT, token[1])
    return error


def _forbidden(why: str) -> InvalidError:
    cause = Cause("FieldValueForbidden", f"Forbidden: {why}", "resourceVersionMatch")
    return InvalidError.of("ListOptions", "", [cause], group="meta.k8s.io")
