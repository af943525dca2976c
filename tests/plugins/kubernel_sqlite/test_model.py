"""The embedded store against a model of a few lines: any sequence of commits, reads, compactions and restarts."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kubernel.errors import CompactedError, RevisionMismatchError
from kubernel.ports.store import Change, Check, Delete, Entry, Operation, Put
from kubernel.testing.contracts.store import PATIENCE, RecordingWatcher
from kubernel_sqlite.config import SqliteConfig
from kubernel_sqlite.store import SqliteStore

KEYS = st.sampled_from(["/a/1", "/a/2", "/a/ü", "/b/1", "/b/\U0010ffff", "/b"])
VALUES = st.binary(max_size=20)
PREFIXES = st.sampled_from(["", "/", "/a/", "/b", "/b/", "/b/\U0010ffff", "/none"])


class StoreMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.config = SqliteConfig(Path(self.directory.name) / "state.db")
        self.store = SqliteStore(self.config)
        self.states: list[dict[str, Entry]] = [{}]
        self.changes: list[Change] = []
        self.compacted = 0

    def teardown(self) -> None:
        self.store.close()
        self.directory.cleanup()

    @property
    def revision(self) -> int:
        return len(self.states) - 1

    def _operation(self, key: str, value: bytes | None, kind: str, right: bool) -> Operation:
        there = self.states[-1].get(key)
        found = there.revision if there else 0
        expected = found if right else found + 1
        if kind == "check":
            return Check(key, expected)
        if kind == "blind":
            return Delete(key) if value is None else Put(key, value)
        return Delete(key, expected) if value is None else Put(key, value, expected)

    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        right = st.integers(0, 9).map(lambda number: number < 8)
        kinds = st.sampled_from(["check", "blind", "expecting"])
        drawn = st.tuples(KEYS, st.none() | VALUES, kinds, right)
        asked = data.draw(st.lists(drawn, max_size=4, unique_by=lambda one: one[0]))
        operations = [self._operation(*one) for one in asked]
        wrong = [one for one in asked if one[2] != "blind" and not one[3]]
        future = self.store.commit(operations)
        if wrong:
            assert isinstance(future.exception(PATIENCE), RevisionMismatchError)
            return
        state, revision = dict(self.states[-1]), self.revision + 1
        changes = []
        for operation in operations:
            there = state.get(operation.key)
            before = (there.value, there.revision) if there else (None, 0)
            if isinstance(operation, Put):
                state[operation.key] = Entry(operation.key, operation.value, revision)
                changes.append(Change("put", operation.key, operation.value, revision, *before))
            elif isinstance(operation, Delete) and there:
                del state[operation.key]
                changes.append(Change("delete", operation.key, None, revision, *before))
        if changes:
            self.states.append(state)
            self.changes += changes
        assert future.result(PATIENCE) == self.revision

    @rule(prefix=PREFIXES, start=st.just("") | KEYS, limit=st.integers(0, 3), back=st.integers(0, 5))
    def list(self, prefix: str, start: str, limit: int, back: int) -> None:
        revision = max(self.revision - back, 1)
        if self.revision == 0:
            return
        if revision < self.compacted:
            try:
                self.store.list(prefix, revision=revision)
            except CompactedError:
                return
            raise AssertionError("a compacted revision was answered for")
        state = self.states[revision]
        keys = sorted(key for key in state if key.startswith(prefix) and key >= start)
        page = self.store.list(prefix, start=start, limit=limit, revision=revision)
        shown = keys[:limit] if limit else keys
        assert list(page.entries) == [state[key] for key in shown]
        assert (page.revision, page.remaining) == (revision, len(keys) - len(shown))

    @rule(prefix=PREFIXES, back=st.integers(0, 8))
    def watch(self, prefix: str, back: int) -> None:
        after = max(self.revision - back, 0)
        watcher = RecordingWatcher()
        watch = self.store.watch(prefix, after, watcher)
        if after < self.compacted:
            assert isinstance(watcher.wait_for_error(), CompactedError)
            return
        watcher.wait(lambda told: bool(told.batches) and told.revision >= self.revision, "waited for the past")
        watch.close()
        assert watcher.changes == [change for change in self.changes if change.revision > after and change.key.startswith(prefix)]

    @precondition(lambda self: self.revision > 0)
    @rule(back=st.integers(0, 4))
    def compact(self, back: int) -> None:
        revision = max(self.revision - back, 0)
        self.store.compact(revision)
        self.compacted = max(self.compacted, revision)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = SqliteStore(self.config)

    @invariant()
    def the_present_is_right(self) -> None:
        assert self.store.revision() == self.revision
        for key in ("/a/1", "/a/2", "/a/ü", "/b/1", "/b/\U0010ffff", "/b"):
            assert self.store.get(key) == self.states[-1].get(key)


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=15, stateful_step_count=40, deadline=None)
