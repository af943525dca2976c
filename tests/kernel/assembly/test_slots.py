"""Slots: held while a cluster runs, remembered after it, given to others only when there is nothing else."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubernel.assembly import slots
from kubernel.errors import ConfigurationError
from kubernel.types.network import SLOTS

NUMBERS = range(SLOTS)


@pytest.fixture(autouse=True)
def own_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Marks and memory apart from those of clusters that really run here."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(slots, "MARK", f"\0test-{tmp_path}-%d")


@pytest.fixture
def taken() -> Iterator[list[slots.HeldSlot]]:
    held: list[slots.HeldSlot] = []
    yield held
    for slot in held:
        slot.release()


def cluster(tmp_path: Path, name: str) -> Path:
    """A directory that once held a cluster."""
    path = tmp_path / name
    path.mkdir()
    (path / "cluster.json").write_text("{}")
    return path


def test_a_slot_is_held_once_until_it_is_released(tmp_path: Path, taken: list[slots.HeldSlot]) -> None:
    first = slots.take(3, tmp_path)
    assert first is not None
    assert slots.take(3, tmp_path) is None
    first.release()
    again = slots.take(3, tmp_path)
    assert again is not None
    taken.append(again)


def test_a_new_cluster_leaves_the_slot_of_one_that_crashed_alone(tmp_path: Path, taken: list[slots.HeldSlot]) -> None:
    crashed = slots.take_any(cluster(tmp_path, "crashed"))
    crashed.release()
    taken.append(slots.take_any(cluster(tmp_path, "new")))
    assert taken[0].number != crashed.number


def test_a_slot_whose_cluster_was_deleted_is_free(tmp_path: Path, taken: list[slots.HeldSlot]) -> None:
    first = slots.take_any(tmp_path / "deleted")
    first.release()
    taken.append(slots.take_any(tmp_path / "new"))
    assert taken[0].number == first.number


def test_when_all_are_remembered_one_is_taken_all_the_same(tmp_path: Path, taken: list[slots.HeldSlot]) -> None:
    for number in NUMBERS:
        slots.take_any(cluster(tmp_path, f"old-{number}")).release()
    taken.append(slots.take_any(cluster(tmp_path, "new")))


def test_when_all_run_it_is_said(tmp_path: Path, taken: list[slots.HeldSlot]) -> None:
    taken.extend(slots.take_any(cluster(tmp_path, f"c{number}")) for number in NUMBERS)
    with pytest.raises(ConfigurationError, match="16 clusters run on this host already"):
        slots.take_any(tmp_path / "one-more")


def test_a_cluster_waits_for_its_own_dying_process(tmp_path: Path, taken: list[slots.HeldSlot]) -> None:
    dying = slots.take(5, tmp_path)
    assert dying is not None
    timer = threading.Timer(0.2, dying.release)
    timer.start()
    again = slots.take_again(5, tmp_path)
    timer.join()
    assert again is not None
    taken.append(again)
