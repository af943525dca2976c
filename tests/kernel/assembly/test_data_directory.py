"""The cluster's directory: one holder, one slot, an identity that outlives restarts."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kubernel.assembly.data_directory import DataDirectory, Identity, Running
from kubernel.errors import ConfigurationError


@pytest.fixture
def held(tmp_path: Path) -> Iterator[DataDirectory]:
    directory = DataDirectory(tmp_path / "data")
    directory.hold()
    yield directory
    directory.release()


def test_only_one_process_holds_it(held: DataDirectory) -> None:
    with pytest.raises(ConfigurationError, match=r"already running on .* \(process \d+\)"):
        DataDirectory(held.path).hold()
    assert DataDirectory(held.path).holder() > 0
    held.release()
    assert DataDirectory(held.path).holder() == 0


def test_the_identity_is_decided_once(held: DataDirectory) -> None:
    first = held.identity("test", 7443)
    held.remember(first)
    held.release()
    again = DataDirectory(held.path)
    with ExitStack() as stack:
        again.hold()
        stack.callback(again.release)
        assert again.identity("other", 1) == first == Identity("test", first.slot, 7443)


def test_two_clusters_never_share_a_slot(held: DataDirectory, tmp_path: Path) -> None:
    other = DataDirectory(tmp_path / "other")
    with ExitStack() as stack:
        other.hold()
        stack.callback(other.release)
        assert held.identity("a", 0).slot != other.identity("b", 0).slot


def test_the_slot_of_a_running_cluster_is_refused(held: DataDirectory, tmp_path: Path) -> None:
    taken = held.identity("a", 0)
    other = DataDirectory(tmp_path / "other")
    with ExitStack() as stack:
        other.hold()
        stack.callback(other.release)
        other.remember(Identity("b", taken.slot, 0))
        with pytest.raises(ConfigurationError, match=f"slot {taken.slot}"):
            other.identity("b", 0)


@pytest.mark.parametrize("content", ["", "{", '{"name": "x"}', "[]"])
def test_a_damaged_identity_is_named(held: DataDirectory, content: str) -> None:
    (held.path / "cluster.json").write_text(content)
    with pytest.raises(ConfigurationError, match=r"cluster\.json is damaged"):
        held.identity("x", 0)


def test_a_newer_format_is_refused(held: DataDirectory) -> None:
    (held.path / "cluster.json").write_text('{"name": "x", "slot": 0, "port": 1, "format": 99}')
    with pytest.raises(ConfigurationError, match="newer kubernel"):
        held.identity("x", 0)


def test_what_runs_is_announced_only_while_it_is_held(held: DataDirectory) -> None:
    held.announce(Running(1, "https://127.0.0.1:1"))
    assert DataDirectory(held.path).running() == Running(1, "https://127.0.0.1:1")
    held.release()
    assert DataDirectory(held.path).running() is None


def test_a_place_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot use the data directory"):
        DataDirectory(tmp_path / "file" / "data").hold()
