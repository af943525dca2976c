"""One resource's watchers: indexes, groups, each event framed once; held to the plain rule by random changes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from kubernel.api.channel import Channel, Group, Selection
from kubernel.api.negotiation import PLAIN, Representation
from kubernel.api.representation import Form, Renderer
from kubernel.registry.requests import Cached, CacheEvent
from kubernel.types.json import Object
from kubernel.types.selectors import parse_field_selector, parse_label_selector
from registry_world import WIDGETS

FORM = Form(PLAIN)


class Recorder:
    """A watcher that writes down what it is told."""

    def __init__(self, since: int = 0) -> None:
        self.since = since
        self.writes: list[bytes] = []
        self.marks: list[int] = []
        self.error: Exception | None = None

    def live(self, frames: bytes) -> None:
        self.writes.append(frames)

    def bookmark(self, revision: int) -> None:
        self.marks.append(revision)

    def failed(self, error: Exception) -> None:
        self.error = error

    @property
    def seen(self) -> list[tuple[str, str, int]]:
        lines = [line for data in self.writes for line in data.split(b"\r\n") if line.startswith(b"{")]
        events = [json.loads(line) for line in lines]
        return [(e["type"], e["object"]["metadata"]["name"], int(e["object"]["metadata"]["resourceVersion"])) for e in events]


class Inbox:
    """Hand-overs that a test makes when it wants them."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def put(self, call: Callable[[], None]) -> None:
        self.calls.append(call)

    def deliver(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


def renderer(form: Form = FORM) -> Renderer:
    return Renderer(WIDGETS, form, lambda: datetime(2026, 1, 2, tzinfo=UTC))


def widget(name: str, revision: int, *, namespace: str = "ns", node: str = "", **labels: str) -> Cached:
    metadata: Object = {"resourceVersion": str(revision), "name": name, "namespace": namespace, "labels": labels}
    obj = {"kind": "Widget", "apiVersion": "test.io/v1", "metadata": metadata, "spec": {"nodeName": node}}
    encoded = json.dumps(obj, separators=(",", ":")).encode()
    return Cached(f"{namespace}/{name}", None, encoded, revision)


def channel_with(inbox: Inbox) -> Channel:
    return Channel(WIDGETS, inbox.put)


def join(
    channel: Channel, watcher: Recorder, namespace: str = "", labels: str = "", fields: str = "", form: Form = FORM
) -> Group:
    selection = Selection(form, namespace, parse_label_selector(labels), parse_field_selector(fields))
    return channel.join(selection, renderer(form), watcher)


def test_all_frames_of_one_round_are_one_write() -> None:
    inbox, watcher = Inbox(), Recorder()
    channel = channel_with(inbox)
    join(channel, watcher)
    a, b = widget("a", 1), widget("b", 2)
    channel.events([CacheEvent(None, a, 1)], 1)
    channel.events([CacheEvent(None, b, 2)], 2)
    assert watcher.writes == []
    inbox.deliver()
    assert len(watcher.writes) == 1
    assert watcher.seen == [("ADDED", "a", 1), ("ADDED", "b", 2)]


def test_watchers_of_one_selection_share_the_bytes() -> None:
    inbox, first, second = Inbox(), Recorder(), Recorder()
    channel = channel_with(inbox)
    assert join(channel, first, "ns") is join(channel, second, "ns")
    channel.events([CacheEvent(None, widget("a", 1), 1)], 1)
    inbox.deliver()
    assert first.writes[0] is second.writes[0]
    assert channel.delivered == 2


def test_what_a_watcher_knows_already_is_not_repeated() -> None:
    inbox, late, early = Inbox(), Recorder(since=1), Recorder()
    channel = channel_with(inbox)
    join(channel, late)
    join(channel, early)
    channel.events([CacheEvent(None, widget("a", 1), 1), CacheEvent(None, widget("b", 2), 2)], 2)
    inbox.deliver()
    assert late.seen == [("ADDED", "b", 2)]
    assert early.seen == [("ADDED", "a", 1), ("ADDED", "b", 2)]


def test_who_has_left_is_told_nothing_and_leaves_nothing_behind() -> None:
    inbox, watcher = Inbox(), Recorder()
    channel = channel_with(inbox)
    for namespace, fields in (("", ""), ("ns", ""), ("", "spec.nodeName=n"), ("ns", "metadata.name=a")):
        group = join(channel, watcher, namespace, fields=fields)
        channel.leave(group, watcher)
        channel.leave(group, watcher)
    channel.events([CacheEvent(None, widget("a", 1, node="n"), 1)], 1)
    inbox.deliver()
    assert watcher.writes == []
    assert channel.watcher_count == 0
    assert not channel._by_field


def test_a_bookmark_waits_until_everything_before_it_is_told() -> None:
    inbox, watcher = Inbox(), Recorder()
    channel = channel_with(inbox)
    join(channel, watcher)
    channel.events([CacheEvent(None, widget("a", 1), 1)], 1)
    channel.bookmarks()
    assert watcher.marks == []
    inbox.deliver()
    channel.events([], 7)
    channel.bookmarks()
    assert watcher.marks == [7]


def test_a_failure_comes_after_what_was_still_on_its_way() -> None:
    inbox, watcher = Inbox(), Recorder()
    channel = channel_with(inbox)
    join(channel, watcher)
    channel.events([CacheEvent(None, widget("a", 1), 1)], 1)
    error = RuntimeError("lost")
    channel.failed(error)
    inbox.deliver()
    assert watcher.seen == [("ADDED", "a", 1)]
    assert watcher.error is error
    assert channel.broken


def test_forms_are_kept_apart() -> None:
    inbox, plain, partial = Inbox(), Recorder(), Recorder()
    channel = channel_with(inbox)
    join(channel, plain)
    join(channel, partial, form=Form(Representation(shape="PartialObjectMetadata")))
    channel.events([CacheEvent(None, widget("a", 1), 1)], 1)
    inbox.deliver()
    assert b'"spec"' in plain.writes[0]
    assert b'"spec"' not in partial.writes[0]


SELECTIONS = [
    ("", "", ""),
    ("one", "", ""),
    ("", "color=red", ""),
    ("two", "color in (red,blue)", ""),
    ("", "", "spec.nodeName=n1"),
    ("one", "color!=red", "spec.nodeName=n2"),
    ("", "", "metadata.name=a"),
    ("", "", "spec.nodeName!=n1"),
]
STATES = st.none() | st.tuples(st.sampled_from(["red", "blue", ""]), st.sampled_from(["n1", "n2", ""]))
CHANGES = st.lists(st.tuples(st.sampled_from(["one", "two"]), st.sampled_from(["a", "b"]), STATES), max_size=30)


@given(CHANGES, st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_every_watcher_ends_with_exactly_what_it_selects(
    changes: list[tuple[str, str, tuple[str, str] | None]], rounds: list[int]
) -> None:
    inbox = Inbox()
    channel = channel_with(inbox)
    watchers = [Recorder() for _ in SELECTIONS]
    groups = [join(channel, watcher, *wish) for watcher, wish in zip(watchers, SELECTIONS, strict=True)]
    state: dict[str, Cached] = {}
    for revision, (namespace, name, wanted) in enumerate(changes, 1):
        key = f"{namespace}/{name}"
        new = None
        if wanted is not None:
            new = widget(name, revision, namespace=namespace, node=wanted[1], color=wanted[0])
        old = state.pop(key, None)
        if new is not None:
            state[key] = new
        if old is None and new is None:
            continue
        channel.events([CacheEvent(old, new, revision)], revision)
        if revision % rounds[revision % len(rounds)] == 0:
            inbox.deliver()
    inbox.deliver()
    for group, watcher in zip(groups, watchers, strict=True):
        held: dict[str, int] = {}
        for kind, key, revision in keyed(watcher):
            assert (kind == "ADDED") == (key not in held)
            if kind == "DELETED":
                del held[key]
            else:
                held[key] = revision
        assert held == {key: cached.revision for key, cached in state.items() if group.selects(cached)}


def keyed(watcher: Recorder) -> list[tuple[str, str, int]]:
    lines = [line for data in watcher.writes for line in data.split(b"\r\n") if line.startswith(b"{")]
    found = []
    for line in lines:
        event = json.loads(line)
        metadata = event["object"]["metadata"]
        found.append((event["type"], f"{metadata['namespace']}/{metadata['name']}", int(metadata["resourceVersion"])))
    return found
