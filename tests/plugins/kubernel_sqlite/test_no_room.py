"""A full disk: commits fail and say why, nothing is half written, and all goes on as soon as there is room."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubernel.errors import StoreUnavailableError
from kubernel.ports.store import Put, Store
from kubernel.testing.contracts.store import PATIENCE, RecordingWatcher, write
from kubernel_sqlite.config import SqliteConfig
from kubernel_sqlite.store import SqliteStore


def fill(store: Store) -> int:
    """Write until there is no room; how many commits were acknowledged."""
    for number in range(10_000):
        error = store.commit([Put(f"/f/{number}/{part}", os.urandom(3000)) for part in "ab"]).exception(PATIENCE)
        if error is not None:
            assert isinstance(error, StoreUnavailableError)
            assert "has no room left on its disk" in str(error)
            return number
    raise AssertionError("there was always room")


def test_without_room_commits_fail_whole_and_later_ones_work(tmp_path: Path) -> None:
    store = SqliteStore(SqliteConfig(tmp_path / "state.db"))
    limit = store._database.writer
    limit.execute("PRAGMA max_page_count = 300").fetchall()
    watcher = RecordingWatcher()
    store.watch("/f/", 0, watcher)
    acknowledged = fill(store)
    assert len(store.list("/f/").entries) == 2 * acknowledged == len(watcher.changes)
    assert store.revision() == acknowledged
    limit.execute("PRAGMA max_page_count = 100000").fetchall()
    assert write(store, Put("/f/more", os.urandom(3000))) == acknowledged + 1
    store.close()


def test_a_commit_that_finds_no_room_does_not_take_small_ones_with_it(tmp_path: Path) -> None:
    store = SqliteStore(SqliteConfig(tmp_path / "state.db"))
    store._database.writer.execute("PRAGMA max_page_count = 100").fetchall()
    commits = []
    for number in range(20):
        commits.append(store.commit([Put(f"/small/{number}", b"1")]))
        commits.append(store.commit([Put(f"/large/{number}", os.urandom(1_000_000))]))
    small, large = commits[::2], commits[1::2]
    assert all(commit.exception(PATIENCE) is None for commit in small)
    assert all(isinstance(commit.exception(PATIENCE), StoreUnavailableError) for commit in large)
    store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.root
def test_a_disk_that_is_really_full_loses_nothing(small_disk: Path) -> None:
    config = SqliteConfig(small_disk / "state.db")
    store = SqliteStore(config)
    acknowledged = fill(store)
    assert len(store.list("/f/").entries) == 2 * acknowledged
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    assert write(store, Put("/f/more", b"1")) == acknowledged + 1
    store.close()
    store = SqliteStore(config)
    assert len(store.list("/f/").entries) == 2 * acknowledged + 1
    store.close()
