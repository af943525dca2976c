"""The plugin as the kernel meets it: through its hook, by URL, and cheap until it is asked."""

import subprocess
import sys
from pathlib import Path

import pytest

import kubernel_sqlite
from kubernel.errors import ConfigurationError
from kubernel.hooks.discovery import load_plugins
from kubernel.ports.store import Entry, Put, Store
from kubernel.testing.contracts.store import write


def opened(url: str) -> Store:
    loaded = load_plugins(points=(), extra=[("sqlite", kubernel_sqlite)])
    store: Store = loaded.plugins.open("kubernel_open_store", url, "store", url=url)
    return store


def test_the_hook_opens_a_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/state.db?retain=1000"
    store = opened(url)
    assert store.capabilities.durable
    assert store.capabilities.embedded
    write(store, Put("/a", b"1"))
    store.close()
    store = opened(url)
    assert store.get("/a") == Entry("/a", b"1", 1)
    store.close()


def test_the_hook_opens_memory() -> None:
    first, second = opened("sqlite://"), opened("sqlite://")
    assert not first.capabilities.durable
    write(first, Put("/a", b"1"))
    assert second.get("/a") is None
    first.close()
    second.close()


def test_other_stores_are_left_to_other_plugins() -> None:
    with pytest.raises(ConfigurationError, match="no plugin offers the store"):
        opened("etcd://127.0.0.1:2379")


def test_listing_the_plugin_loads_neither_sqlite_nor_threads() -> None:
    code = (
        "import sys, threading; import kubernel_sqlite;"
        "assert 'sqlite3' not in sys.modules and 'kubernel_sqlite.store' not in sys.modules;"
        "assert threading.active_count() == 1"
    )
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"], check=True)
