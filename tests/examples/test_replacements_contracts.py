"""The replacements of examples/replacements keep the promises of their ports."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from example_plugins import example
from kubernel.ports.proxy import Proxy
from kubernel.ports.runtime import Runtime
from kubernel.ports.scheduler import Scheduler
from kubernel.ports.store import Store
from kubernel.testing.contracts.proxy import ProxyContract
from kubernel.testing.contracts.runtime import RuntimeContract
from kubernel.testing.contracts.scheduler import SchedulerContract
from kubernel.testing.contracts.store import StoreContract


def opened(hook: str, **arguments: object) -> object:
    """What the plugin's open hook answers."""
    return getattr(example("replacements", "kubernel_replacements"), hook)(**arguments)


class TestDictStore(StoreContract):
    @pytest.fixture
    def store(self) -> Iterator[Store]:
        store: Store = example("replacements", "kubernel_replacements.store").DictStore()
        yield store
        store.close()


class TestRoundRobin(SchedulerContract):
    @pytest.fixture
    def scheduler(self) -> Scheduler:
        scheduler: Scheduler = example("replacements", "kubernel_replacements.scheduler").RoundRobin()
        return scheduler


class TestRecordedProxy(ProxyContract):
    @pytest.fixture
    def proxy(self) -> Proxy:
        proxy: Proxy = example("replacements", "kubernel_replacements.proxy").RecordedProxy()
        return proxy


class TestPretendRuntime(RuntimeContract):
    def runs(self) -> Sequence[str]:
        return ["anything"]

    def ignores_term(self) -> Sequence[str]:
        return ["stubborn"]

    def exits(self, code: int) -> Sequence[str]:
        return ["exit", str(code)]

    def fails(self) -> Sequence[str]:
        return ["exit", "7"]

    def hangs(self) -> Sequence[str]:
        return ["hang"]

    def cannot_start(self) -> Sequence[str]:
        return ["absent"]

    @pytest.fixture
    def open_runtime(self, tmp_path: Path) -> Callable[[], Runtime]:
        runtime: Callable[..., Runtime] = example("replacements", "kubernel_replacements.runtime").PretendRuntime
        return lambda: runtime({"state_directory": str(tmp_path / "state"), "missing": [self.missing_image]})


@pytest.mark.parametrize(
    ("hook", "mine", "other"),
    [
        ("kubernel_open_store", {"url": "dict://"}, {"url": "sqlite://"}),
        ("kubernel_open_scheduler", {"name": "round-robin"}, {"name": "default"}),
        ("kubernel_open_proxy", {"name": "recorded"}, {"name": "userspace"}),
        ("kubernel_open_runtime", {"name": "pretend", "config": {}}, {"name": "process", "config": {}}),
    ],
)
def test_an_open_hook_answers_to_its_own_name_alone(
    hook: str, mine: dict[str, object], other: dict[str, object], tmp_path: Path
) -> None:
    if "config" in mine:
        mine = {**mine, "config": {"state_directory": str(tmp_path)}}
    found = opened(hook, **mine)
    assert found is not None
    if isinstance(found, example("replacements", "kubernel_replacements.store").DictStore):
        found.close()
    assert opened(hook, **other) is None
