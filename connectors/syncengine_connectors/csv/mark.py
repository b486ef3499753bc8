"""The cursor of a file: what it held when it was read, and by what it is known to hold the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from syncengine.connector import Cursor
from syncengine_connectors.csv import files
from syncengine_connectors.csv.files import Place, Stamp
from syncengine_connectors.csv.source import Survey

SETTLED: Final = 5.0
"""Seconds a file must have been left alone when it was read, for its stamp to prove anything: a second change within one tick of the file
system's clock leaves no trace. The coarsest tick in use is two seconds (FAT)."""

_VERSION: Final = "csv3"
_UNTOLD: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is remembered of a file that was read whole.

    Attributes:
        digest: Of all its bytes.
        asked: Fingerprint of all else that decides what a row means.
        stamp: None if it proves nothing; then the bytes are compared.
        bag: What its rows were, in whatever order; "" if that proves nothing.
    """

    digest: str
    asked: str
    encoding: str
    size: int
    stamp: Stamp | None
    bag: str = ""

    @classmethod
    def of(cls, seen: Survey, asked: str, now: float) -> Mark:
        """The mark of a file that was surveyed.

        Args:
            now: When reading began, in seconds since 1970.
        """
        touched = max(seen.stamp.mtime, seen.stamp.ctime) / 1e9
        return cls(
            digest=seen.digest,
            asked=asked,
            encoding=seen.encoding,
            size=seen.stamp.size,
            stamp=seen.stamp if touched + SETTLED < now else None,
        )

    @classmethod
    def read(cls, cursor: Cursor | None) -> Mark | None:
        """Read back what ``text`` made; None if there is none, or an older program's."""
        if not (cursor or "").startswith(_VERSION):
            return None
        _, digest, asked, encoding, size, bag, *stamp = str(cursor).split(" ")
        inode, mtime, ctime = map(int, stamp or (0, 0, 0))
        known = Stamp(inode=inode, size=int(size), mtime=mtime, ctime=ctime) if stamp else None
        shown = "" if bag == _UNTOLD else bag
        return cls(digest=digest, asked=asked, encoding=encoding, size=int(size), stamp=known, bag=shown)

    def text(self) -> Cursor:
        """The mark as a cursor."""
        stamp = () if self.stamp is None else (self.stamp.inode, self.stamp.mtime, self.stamp.ctime)
        return " ".join(
            map(str, (_VERSION, self.digest, self.asked, self.encoding, self.size, self.bag or _UNTOLD, *stamp))
        )

    def same(self, other: Mark) -> bool:
        """True if both say that the file held the same and means the same."""
        return (self.digest, self.size, self.asked) == (other.digest, other.size, other.asked)

    def may_be_sorted(self, other: Mark) -> bool:
        """True if the other file may hold the same rows in another order."""
        return bool(self.bag) and (self.size, self.asked) == (other.size, other.asked)

    def holds(self, file: Place) -> bool:
        """True if the file is surely untouched since.

        Raises:
            UserError, Transient: It cannot be opened.
        """
        if self.stamp is None:
            return False
        with files.opened(file) as descriptor:
            return files.stamp(descriptor) == self.stamp
