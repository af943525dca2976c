"""What the end of a `sync` means for its key, and how loops begin and end together."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from kubernel.client.local import LocalClient
from kubernel.errors import ConflictError, InternalServerError, ServiceUnavailableError
from kubernel.machinery.clock import SystemClock
from kubernel.machinery.control_loop import ControlLoop
from kubernel.machinery.controller_manager import ControllerManager
from kubernel.objects import kinds
from kubernel.ports.controller import Controller, ControllerContext, ControllerFactory, Watch
from kubernel.registry.registry import Registry
from kubernel.registry.table import ResourceTable
from kubernel.testing.clock import FakeClock
from kubernel.testing.manual_dispatch import ManualDispatch
from kubernel.testing.memory_store import MemoryStore
from kubernel.testing.recorder import MemoryRecorder
from kubernel.types.json import Object
from kubernel.types.well_known import CONFIG_MAPS, NAMESPACES
from waiting import eventually

Sync = Callable[[str], float | None]


class Scripted:
    """A controller whose `sync` is given by the test."""

    def __init__(self, context: ControllerContext, sync: Sync, watches: Sequence[Watch] = (Watch(CONFIG_MAPS),)) -> None:
        self.context = context
        self.name = "scripted"
        self._sync, self._watches = sync, watches

    def watches(self) -> Sequence[Watch]:
        return self._watches

    def sync(self, key: str) -> float | None:
        return self._sync(key)


def scripted(sync: Sync) -> ControllerFactory:
    def make(context: ControllerContext) -> Controller:
        return Scripted(context, sync)

    return make


@pytest.fixture
def client() -> Iterator[LocalClient]:
    store = MemoryStore()
    registry = Registry(store, ResourceTable(kinds()), clock=SystemClock())
    client = LocalClient(registry, dispatch=ManualDispatch())
    client.create(NAMESPACES, {"metadata": {"name": "default"}})
    yield client
    client.close()
    registry.close()
    store.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def loop_of(sync: Sync, client: LocalClient, clock: FakeClock) -> ControlLoop:
    loop = ControlLoop("scripted", scripted(sync), client, clock=clock, recorder=MemoryRecorder())
    loop.attach()
    return loop


def turn(loop: ControlLoop) -> None:
    key = loop.queue.try_get()
    assert key is not None
    loop.work(key)
    loop.queue.done(key)


def test_a_sync_that_succeeds_is_not_repeated(client: LocalClient, clock: FakeClock) -> None:
    loop = loop_of(lambda key: None, client, clock)
    loop.queue.add("a")
    turn(loop)
    assert (len(loop.queue), loop.queue.delayed) == (0, 0)


def test_a_sync_may_ask_to_be_called_again(client: LocalClient, clock: FakeClock) -> None:
    loop = loop_of(lambda key: 7.0, client, clock)
    loop.queue.add("a")
    turn(loop)
    assert clock.pending == [7.0]


def test_a_conflict_is_tried_again_without_a_word(
    client: LocalClient, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    def conflict(key: str) -> None:
        raise ConflictError.of("configmaps", key)

    loop = loop_of(conflict, client, clock)
    loop.queue.add("a")
    turn(loop)
    assert clock.pending == pytest.approx([0.005])
    assert caplog.text == ""


def test_failures_are_tried_later_each_time_and_logged_more_rarely(
    client: LocalClient, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(key: str) -> None:
        raise InternalServerError("broken")

    loop = loop_of(fail, client, clock)
    loop.queue.add("a")
    for _ in range(10):
        turn(loop)
        clock.advance(clock.pending[0])
    assert loop.queue.retries("a") == 10
    assert len(caplog.records) == 5  # before retries 0, 1, 2, 4, 8


def test_a_bug_is_logged_with_its_trace(client: LocalClient, clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    def fail(key: str) -> None:
        raise KeyError("spec")

    loop = loop_of(fail, client, clock)
    loop.queue.add("a")
    turn(loop)
    assert caplog.records[0].exc_info is not None


def test_success_begins_the_back_off_anew(client: LocalClient, clock: FakeClock) -> None:
    outcomes: list[Exception | None] = [InternalServerError("x"), InternalServerError("x"), None]

    def sync(key: str) -> None:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome

    loop = loop_of(sync, client, clock)
    loop.queue.add("a")
    for _ in range(3):
        turn(loop)
        clock.advance(1)
    assert loop.queue.retries("a") == 0


def test_changes_wake_the_loop_by_their_keys(client: LocalClient, clock: FakeClock) -> None:
    dispatch = client._dispatch
    assert isinstance(dispatch, ManualDispatch)
    loop = loop_of(lambda key: None, client, clock)
    assert loop.synced
    client.create(CONFIG_MAPS, {"metadata": {"name": "a", "namespace": "default"}})
    dispatch.run()
    assert loop.queue.try_get() == "default/a"


@pytest.fixture
def running() -> Iterator[LocalClient]:
    store = MemoryStore()
    registry = Registry(store, ResourceTable(kinds()), clock=SystemClock())
    client = LocalClient(registry)
    client.create(NAMESPACES, {"metadata": {"name": "default"}})
    yield client
    client.close()
    registry.close()
    store.close()


def test_the_manager_runs_every_controller_and_stops_them(running: LocalClient) -> None:
    seen: dict[str, list[str]] = {"one": [], "two": []}
    clock = SystemClock()
    factories = [(name, scripted(lambda key, name=name: seen[name].append(key))) for name in seen]  # type: ignore[misc]
    manager = ControllerManager(factories, running, clock)
    manager.start()
    assert manager.wait_serving(10)
    assert manager.health() == {}
    running.create(CONFIG_MAPS, {"metadata": {"name": "a", "namespace": "default"}})
    eventually(lambda: all("default/a" in keys for keys in seen.values()))
    manager.stop()
    manager.stop()
    assert manager.health() == {"one": "is stopped", "two": "is stopped"}
    clock.close()


def test_options_are_common_or_the_controllers_own(running: LocalClient) -> None:
    given: list[Object] = []

    def make(context: ControllerContext) -> Controller:
        given.append(dict(context.options))
        return Scripted(context, lambda key: None)

    clock = SystemClock()
    manager = ControllerManager([("one", make)], running, clock, common={"a": 1, "b": 1}, options={"one": {"b": 2}})
    manager.start()
    manager.stop()
    assert given == [{"a": 1, "b": 2}]
    clock.close()


def test_a_controller_that_cannot_begin_yet_is_named_and_holds_nobody_up(running: LocalClient) -> None:
    asked: list[int] = []

    class Late(Scripted):
        def watches(self) -> Sequence[Watch]:
            asked.append(1)
            if len(asked) < 3:
                raise ServiceUnavailableError("not yet")
            return ()

    clock = SystemClock()
    factories: list[tuple[str, ControllerFactory]] = [
        ("late", lambda context: Late(context, lambda key: None)),
        ("prompt", scripted(lambda key: None)),
    ]
    manager = ControllerManager(factories, running, clock)
    manager.start()
    assert manager.wait_serving(10)
    assert len(asked) == 3
    manager.stop()
    clock.close()
