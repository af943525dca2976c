"""Killed in the middle of writes: what was acknowledged is there, whole commits only, and revisions go on increasing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kubernel.ports.store import Put
from kubernel.testing.contracts.store import write
from kubernel_sqlite.config import SqliteConfig
from kubernel_sqlite.store import SqliteStore

WRITE = """
import sys, threading
from pathlib import Path
from kubernel.ports.store import Delete, Put
from kubernel_sqlite.config import SqliteConfig
from kubernel_sqlite.store import SqliteStore

store = SqliteStore(SqliteConfig(Path(sys.argv[1]), retain_revisions=100))
lock = threading.Lock()

def write(thread):
    number = 0
    while True:
        number += 1
        value = str(number).encode()
        operations = [Put(f"/{sys.argv[3]}-{thread}/{number}/{part}", value * 50) for part in "ab"]
        if number > 20:
            operations += [Delete(f"/{sys.argv[3]}-{thread}/{number - 20}/{part}") for part in "ab"]
        revision = store.commit(operations).result()
        with lock:
            print(thread, number, revision, flush=True)

for thread in range(int(sys.argv[2])):
    threading.Thread(target=write, args=(thread,)).start()
"""


@pytest.mark.parametrize("threads", [1, 8])
def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path, threads: int) -> None:
    path = tmp_path / "state.db"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    revision = 0
    for lines in (200, 2500):
        with subprocess.Popen(
            [sys.executable, "-c", WRITE, str(path), str(threads), str(lines)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        ) as writer:
            assert writer.stdout is not None
            told = [writer.stdout.readline() for _ in range(lines)]
            writer.send_signal(signal.SIGKILL)
            told += [line for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        acknowledged = [tuple(map(int, line.split())) for line in told]
        assert min(committed for _, _, committed in acknowledged) > revision
        store = SqliteStore(SqliteConfig(path))
        assert store.revision() >= max(committed for _, _, committed in acknowledged)
        for thread in range(threads):
            last = max((number for other, number, _ in acknowledged if other == thread), default=0)
            check(store, f"/{lines}-{thread}/", last)
        revision = write(store, Put("/after", b"1"))
        assert revision == store.revision()
        store.close()


def check(store: SqliteStore, prefix: str, last: int) -> None:
    """What a thread was told of is there; a commit that it was not told of is there as a whole or not at all."""
    entries = store.list(prefix).entries
    numbers = [int(entry.key.split("/")[2]) for entry in entries]
    assert all(numbers.count(number) == 2 for number in numbers), "half of a commit"
    # The commit after the last one that was told of may have been written, and then it deleted the oldest one.
    newest = max(numbers, default=0)
    assert newest in (last, last + 1)
    assert sorted(set(numbers)) == list(range(max(1, newest - 19), newest + 1))
    assert all(entry.value == str(number).encode() * 50 for entry, number in zip(entries, numbers, strict=True))
