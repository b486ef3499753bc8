"""What every state store must do. A test file subclasses ``StoreSuite`` and says how a store is opened in a folder.

    class TestSqlite(StoreSuite):
        def open(self, folder):
            return open_store(folder, clock=self.clock, ids=FakeIds())

The promises stand in one class per subject; they live in the modules ``store_suite_*`` beside this one.
"""

from __future__ import annotations

from syncengine.testing.store_suite_journal import JournalPromises
from syncengine.testing.store_suite_links import LinkPromises
from syncengine.testing.store_suite_mirror import MirrorPromises
from syncengine.testing.store_suite_rest import InboxPromises, MetaPromises, TransactionPromises


class StoreSuite(MirrorPromises, LinkPromises, JournalPromises, InboxPromises, MetaPromises, TransactionPromises):
    """All promises of a state store, one test each."""


__all__ = ["StoreSuite"]
