"""One process owns a file: the second one is told who does, and an owner that died is no obstacle."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kubernel.errors import StoreUnavailableError
from kubernel.ports.store import Put
from kubernel.testing.contracts.store import write
from kubernel_sqlite import ownership
from kubernel_sqlite.config import SqliteConfig
from kubernel_sqlite.store import SqliteStore

OWN = """
import sys
from pathlib import Path
from kubernel_sqlite import ownership
owner = ownership.take(Path(sys.argv[1]))
print("owned", flush=True)
sys.stdin.read()
"""


def test_a_second_store_on_one_file_is_told_who_uses_it(tmp_path: Path) -> None:
    config = SqliteConfig(tmp_path / "state.db")
    store = SqliteStore(config)
    write(store, Put("/a", b"1"))
    with pytest.raises(StoreUnavailableError, match=rf"state\.db is in use by process {os.getpid()}"):
        SqliteStore(config)
    assert write(store, Put("/a", b"2")) == 2
    store.close()
    again = SqliteStore(config)
    assert again.revision() == 2
    again.close()


def test_two_names_of_one_file_are_one_store(tmp_path: Path) -> None:
    from kubernel_sqlite.config import parse

    (tmp_path / "link.db").symlink_to(tmp_path / "state.db")
    config = parse(f"sqlite:///{tmp_path}/link.db")
    assert config is not None
    assert config.path == tmp_path / "state.db"


def test_another_process_keeps_its_file_until_it_dies(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", OWN, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"owned\n"
        with pytest.raises(StoreUnavailableError, match=f"in use by process {owner.pid}"):
            ownership.take(path)
        owner.kill()
    ownership.take(path).release()
    assert list(tmp_path.iterdir()) == []
