"""The promises of `kubernel.ports.store`, tried on any store.

Subclass `StoreContract`, give it the fixture `store`, and, where the store can do it, override `reopen`, `another` and
`pass_time`:

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self) -> Iterator[Store]:
            store = MyStore()
            yield store
            store.close()

What a store does not declare among its capabilities is skipped, with the capability as the reason; pytest counts and prints
these (`-rs`).
"""

from kubernel.testing.contracts.store_case import PATIENCE, RecordingWatcher, refused, write
from kubernel.testing.contracts.store_commits import CommitContract
from kubernel.testing.contracts.store_life import LifeContract
from kubernel.testing.contracts.store_lists import ListContract
from kubernel.testing.contracts.store_watches import WatchContract

__all__ = ["PATIENCE", "RecordingWatcher", "StoreContract", "refused", "write"]


class StoreContract(CommitContract, ListContract, WatchContract, LifeContract):
    """Every promise of the port."""
