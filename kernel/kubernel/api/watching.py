"""The route of watches: options checked as Kubernetes checks them, then left to the hub."""

from kubernel.api.answers import OnLoop
from kubernel.api.channel import Selection
from kubernel.api.hub import Hub, WatchRequest
from kubernel.api.query import Query, forbidden, invalid, selectors
from kubernel.api.representation import Form
from kubernel.errors import BadRequestError, Cause, NotAcceptableError
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.lists import check_fields, parse_revision
from kubernel.registry.requests import ListOptions
from kubernel.types.selectors import Requirement, Selector


def watch(hub: Hub, definition: ResourceDefinition, namespace: str, name: str, query: Query, form: Form) -> OnLoop:
    """:raises StatusError: the options are wrong."""
    if form.representation.yaml:
        raise NotAcceptableError("only the following media types are accepted: application/json;stream=watch")
    labels, fields = selectors(query)
    if name:
        fields = Selector((Requirement("metadata.name", "In", frozenset((name,))), *fields.requirements))
    check_fields(definition, ListOptions(fields=fields))
    version, initial = query.text("resourceVersion"), _initial_events(query)
    bookmarks = query.flag("allowWatchBookmarks")
    seconds = query.number("timeoutSeconds")
    if seconds is not None and seconds < 0:
        raise BadRequestError("timeoutSeconds must not be negative")
    revision = parse_revision(version)
    after = None if initial or not revision else revision
    request = WatchRequest(
        definition,
        Selection(form, namespace, labels, fields),
        after,
        bookmarks,
        initial=initial is not False,
        initial_end=bool(initial) and bookmarks,
        timeout=float(seconds) if seconds else None,
    )
    return OnLoop(lambda: hub.watch(request))


def _initial_events(query: Query) -> bool | None:
    """What `sendInitialEvents` says, if anything.

    :raises InvalidError: it does not fit the other parameters.
    """
    match = query.text("resourceVersionMatch")
    causes: list[Cause] = []
    asked = query.flag("sendInitialEvents") if "sendInitialEvents" in query else None
    if asked is None:
        if match:
            why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            causes.append(forbidden("resourceVersionMatch", why))
    elif match != "NotOlderThan":
        why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        causes.append(forbidden("resourceVersionMatch", why))
    if causes:
        raise invalid("ListOptions", causes)
    return asked
