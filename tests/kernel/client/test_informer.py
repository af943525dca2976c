"""The informer's copy: handlers are told of every change once and in order, indexes follow, late handlers miss nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubernel.client.dispatch import ThreadDispatch
from kubernel.client.informer import SharedInformer
from kubernel.testing.manual_dispatch import ManualDispatch
from kubernel.types.json import Object
from kubernel.types.references import key_of


def pod(name: str, version: int = 1, namespace: str = "default", node: str = "") -> Object:
    metadata = {"name": name, "namespace": namespace, "resourceVersion": str(version), "uid": f"uid-{name}"}
    return {"kind": "Pod", "metadata": metadata, "spec": {"nodeName": node}}


class Log:
    """A handler that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.versions: dict[str, str] = {}

    def __call__(self, old: Object | None, new: Object | None) -> None:
        changed = new or old
        assert changed is not None
        kind = "added" if old is None else "deleted" if new is None else "changed"
        self.told.append((kind, changed["metadata"]["name"]))
        if new is None:
            assert self.versions.pop(key_of(changed), None) is not None
        else:
            assert (key_of(new) in self.versions) == (old is not None)
            self.versions[key_of(new)] = new["metadata"]["resourceVersion"]


@pytest.fixture
def dispatch() -> ManualDispatch:
    return ManualDispatch()


@pytest.fixture
def informer(dispatch: ManualDispatch) -> SharedInformer:
    return SharedInformer(dispatch)


def test_it_is_synced_once_the_first_list_is_in(informer: SharedInformer) -> None:
    assert not informer.wait_synced(0)
    informer.replace([pod("a")])
    assert informer.wait_synced(0)
    assert informer.get("default/a") == pod("a")


def test_a_late_handler_is_told_of_what_there_is_and_then_of_changes(informer: SharedInformer, dispatch: ManualDispatch) -> None:
    log = Log()
    informer.replace([pod("a"), pod("b")])
    informer.add_handler(log)
    dispatch.post(lambda: informer.apply([(None, pod("a", 2)), (pod("b"), None)]))
    dispatch.run()
    assert log.told == [("added", "a"), ("added", "b"), ("changed", "a"), ("deleted", "b")]


def test_a_new_list_tells_only_what_differs(informer: SharedInformer, dispatch: ManualDispatch) -> None:
    log = Log()
    informer.replace([pod("same"), pod("changes"), pod("goes")])
    informer.add_handler(log)
    dispatch.run()
    log.told.clear()
    informer.replace([pod("same"), pod("changes", 2), pod("comes")])
    assert sorted(log.told) == [("added", "comes"), ("changed", "changes"), ("deleted", "goes")]


def test_an_event_that_was_seen_already_is_not_told_again(informer: SharedInformer, dispatch: ManualDispatch) -> None:
    log = Log()
    informer.replace([pod("a")])
    informer.add_handler(log)
    dispatch.run()
    informer.apply([(None, pod("a")), (pod("unknown"), None)])
    assert log.told == [("added", "a")]


def test_an_index_follows_changes_and_can_be_added_late(informer: SharedInformer) -> None:
    informer.replace([pod("a", node="n1"), pod("b", node="n2")])
    informer.add_index("node", lambda obj: (obj["spec"]["nodeName"],))
    informer.apply([(None, pod("b", 2, node="n1"))])
    assert [obj["metadata"]["name"] for obj in informer.by_index("node", "n1")] == ["a", "b"]
    assert informer.by_index("node", "n2") == []
    informer.apply([(pod("a", node="n1"), None)])
    assert [obj["metadata"]["name"] for obj in informer.by_index("node", "n1")] == ["b"]


def test_a_namespace_lists_its_own_objects(informer: SharedInformer) -> None:
    informer.replace([pod("a"), pod("b", namespace="other")])
    assert [obj["metadata"]["name"] for obj in informer.list("other")] == ["b"]
    assert len(informer.list()) == 2


def test_a_handler_that_raises_does_not_silence_the_others(
    informer: SharedInformer, dispatch: ManualDispatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(old: Object | None, new: Object | None) -> None:
        raise RuntimeError("broken")

    log = Log()
    informer.add_handler(broken)
    informer.add_handler(log)
    dispatch.run()
    informer.apply([(None, pod("a"))])
    assert log.told == [("added", "a")]
    assert "handler failed" in caplog.text


def test_the_thread_of_informers_runs_tasks_in_order_and_ends() -> None:
    dispatch, seen = ThreadDispatch(), list[int]()
    informer = SharedInformer(dispatch)
    for number in range(5):
        dispatch.post(lambda number=number: seen.append(number))  # type: ignore[misc]
    dispatch.post(lambda: informer.replace([]))
    assert informer.wait_synced(10)
    assert seen == [0, 1, 2, 3, 4]
    dispatch.close()
    dispatch.post(lambda: seen.append(5))
    assert seen == [0, 1, 2, 3, 4]


STATES = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 3))


@given(st.lists(STATES), STATES)
def test_handlers_can_rebuild_the_copy_from_what_they_are_told(lists: list[dict[str, int]], last: dict[str, int]) -> None:
    dispatch = ManualDispatch()
    informer, log = SharedInformer(dispatch), Log()
    informer.add_handler(log)
    dispatch.run()
    for state in [*lists, last]:
        informer.replace([pod(name, version) for name, version in state.items()])
    assert log.versions == {f"default/{name}": str(version) for name, version in last.items()}
    assert {key_of(obj) for obj in informer.list()} == set(log.versions)
