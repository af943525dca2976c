"""The rules of label selectors, wherever a kind carries one."""

from collections.abc import Iterator

from kubernel.errors import Cause
from kubernel.objects.causes import at, forbidden, index, invalid, names, required
from kubernel.objects.metadata_rules import label_causes
from kubernel.types.json import Object
from kubernel.types.names import label_value, qualified_name


def selector_causes(selector: Object | None, path: str) -> Iterator[Cause]:
    """What is wrong with a selector; that its operators are known ones is the schema's matter."""
    if not selector:
        return
    yield from label_causes(selector.get("matchLabels") or {}, at(path, "matchLabels"))
    for position, term in enumerate(selector.get("matchExpressions") or ()):
        yield from _term_causes(term, index(at(path, "matchExpressions"), position))


def _term_causes(term: Object, path: str) -> Iterator[Cause]:
    operator, values = term.get("operator"), term.get("values") or ()
    if operator in ("In", "NotIn") and not values:
        yield required(at(path, "values"), "must be specified when `operator` is 'In' or 'NotIn'")
    if operator in ("Exists", "DoesNotExist") and values:
        yield forbidden(at(path, "values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    if term.get("key"):
        yield from names(at(path, "key"), term["key"], qualified_name(term["key"]))
    for position, value in enumerate(values):
        for text in label_value(value):
            yield invalid(index(at(path, "values"), position), value, text)
