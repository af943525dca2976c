"""The embedded store: the cluster's state in one SQLite file of this host, or in memory. See `kubernel_sqlite.store`."""

from kubernel.hooks import hookimpl
from kubernel.ports.store import Store


@hookimpl
def kubernel_open_store(url: str) -> Store | None:
    from kubernel_sqlite.config import parse
    from kubernel_sqlite.store import SqliteStore

    config = parse(url)
    return None if config is None else SqliteStore(config)
