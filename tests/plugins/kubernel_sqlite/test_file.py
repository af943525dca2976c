"""Opening a file: a new one is made whole, and whatever else lies there is refused and stays as it is, byte for byte."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp

import pytest

from kubernel.errors import ConfigurationError, StoreCorruptError, StoreError
from kubernel.ports.store import Put
from kubernel.testing.contracts.store import write
from kubernel_sqlite import schema
from kubernel_sqlite.config import SqliteConfig
from kubernel_sqlite.store import SqliteStore


def opened(path: Path) -> SqliteStore:
    return SqliteStore(SqliteConfig(path))


def names_in(directory: Path) -> list[str]:
    return [file.name for file in directory.iterdir()]


def filled(path: Path) -> None:
    store = opened(path)
    for number in range(50):
        write(store, *(Put(f"/a/{number}/{row}", bytes([number]) * 2000) for row in range(20)))
    store.close()


def foreign_database(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE state (key TEXT, value BLOB)")


def text_file(path: Path) -> None:
    path.write_text("these are the notes of somebody else\n" * 20)


def short_file(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00")


def newer_layout(path: Path) -> None:
    opened(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA user_version = {schema.LAYOUT + 1}")


def other_tables(path: Path) -> None:
    opened(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TABLE log")


def empty_history(path: Path) -> None:
    opened(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM history")


def overwritten_pages(path: Path) -> None:
    filled(path)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(40960))


def cut_off(path: Path) -> None:
    filled(path)
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (foreign_database, "is a database of another program"),
        (text_file, "is no SQLite database"),
        (short_file, "is no SQLite database"),
        (newer_layout, "was written by a newer kubernel"),
        (other_tables, "is damaged: it has the tables history, state, state_expires"),
        (empty_history, "is damaged: its history table is empty"),
        (overwritten_pages, "is damaged"),
        (cut_off, "is damaged"),
    ],
)
def test_what_is_not_a_sound_store_is_refused_and_left_untouched(
    tmp_path: Path, spoil: Callable[[Path], None], says: str
) -> None:
    path = tmp_path / "state.db"
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(StoreCorruptError, match=says) as error:
        opened(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)
    assert path.read_bytes() == before
    assert names_in(tmp_path) == ["state.db"]


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"there is no directory {tmp_path}/none"):
        opened(tmp_path / "none" / "state.db")


def test_a_directory_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="this is not a file"):
        opened(tmp_path)


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A directory that everybody may enter; the test runs without the rights of root."""
    directory = Path(mkdtemp())
    directory.chmod(0o755)
    user = os.geteuid()
    try:
        yield directory
    finally:
        if user == 0:
            os.seteuid(user)
        directory.chmod(0o755)
        shutil.rmtree(directory)


def give_up_root() -> None:
    if os.geteuid() == 0:
        os.seteuid(65534)


def test_a_directory_that_cannot_be_written_is_named(as_nobody: Path) -> None:
    as_nobody.chmod(0o555)
    give_up_root()
    with pytest.raises(ConfigurationError, match=f"the directory {as_nobody} cannot be written"):
        opened(as_nobody / "state.db")


def test_a_directory_that_may_not_be_looked_into_is_named(as_nobody: Path) -> None:
    (as_nobody / "closed").mkdir(mode=0o000)
    give_up_root()
    with pytest.raises(ConfigurationError, match=f"this user may not look into {as_nobody}/closed"):
        opened(as_nobody / "closed" / "state.db")


def test_a_file_that_cannot_be_written_is_named(as_nobody: Path) -> None:
    opened(as_nobody / "state.db").close()
    (as_nobody / "state.db").chmod(0o400)
    as_nobody.chmod(0o777)
    give_up_root()
    with pytest.raises(ConfigurationError, match=r"state\.db cannot be read and written"):
        opened(as_nobody / "state.db")
    assert names_in(as_nobody) == ["state.db"]


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    store = opened(tmp_path / "state.db")
    write(store, Put("/secret", b"1"))
    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    store.close()
    assert modes == {0o600}


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.touch()
    store = opened(path)
    assert write(store, Put("/a", b"1")) == 1
    store.close()


def test_what_a_crash_left_of_making_a_file_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "state.db-new").write_bytes(b"half of a database")
    opened(tmp_path / "state.db").close()
    assert names_in(tmp_path) == ["state.db"]


def test_a_closed_store_leaves_one_file(tmp_path: Path) -> None:
    filled(tmp_path / "state.db")
    assert names_in(tmp_path) == ["state.db"]


def test_a_path_with_odd_characters_is_just_a_path(tmp_path: Path) -> None:
    path = tmp_path / "my state?mode=ro&x#%41.db"
    store = opened(path)
    write(store, Put("/a", b"1"))
    store.close()
    assert names_in(tmp_path) == [path.name]


def test_damage_that_is_met_later_is_told_to_whoever_meets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.db"
    overwritten_pages(path)
    monkeypatch.setattr("kubernel_sqlite.file.CHECKED_BYTES", 0)
    store = opened(path)
    try:
        with pytest.raises(StoreError, match="is damaged"):
            store.list("")
        errors = [store.commit([Put(f"/a/{number}/0", b"1")]).exception(10) for number in range(50)]
        assert any(isinstance(error, StoreCorruptError) for error in errors)
    finally:
        store.close()
