"""What every web connector shares: one client, what an answer means, pacing by a shared ledger, repeated reads."""

from syncengine_connectors.http.answer import Answer, Unreadable
from syncengine_connectors.http.client import HttpClient
from syncengine_connectors.http.ledger import FileLedger, Ledger, MemoryLedger
from syncengine_connectors.http.limits import Limits, Pacer
from syncengine_connectors.http.meaning import judge
from syncengine_connectors.http.retry import repeat

__all__ = [
    "Answer",
    "FileLedger",
    "HttpClient",
    "Ledger",
    "Limits",
    "MemoryLedger",
    "Pacer",
    "Unreadable",
    "judge",
    "repeat",
]
