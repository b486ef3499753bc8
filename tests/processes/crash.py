"""What a disk may hold after a power cut, worked out from the calls of a process.

What was synced is there. Of what was written since, any part may be: none, all, or some sectors of it. Names are as they were: a journalling
file system keeps the order of those.
"""

from __future__ import annotations

import codecs
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

CALLS: Final = "openat,close,lseek,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,link,linkat,mkdir"
SECTOR: Final = 512
_CALL: Final = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+)")
_TEXT: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FD: Final = re.compile(r"^(\d+)<")


@dataclass(slots=True)
class File:
    """One file: what was written, what of it is synced, and what came since."""

    data: bytearray = field(default_factory=bytearray)
    synced: bytes = b""
    since: list[tuple[int, bytes] | int] = field(default_factory=list)

    def write(self, at: int, what: bytes) -> None:
        _put(self.data, at, what)
        self.since.append((at, what))

    def cut(self, size: int) -> None:
        _cut(self.data, size)
        self.since.append(size)

    def sync(self) -> None:
        self.synced, self.since = bytes(self.data), []

    def torn(self, dice: random.Random) -> bytes:
        """What is synced, and some sectors of what came since."""
        data = bytearray(self.synced)
        for item in self.since:
            if isinstance(item, int):
                if dice.random() < 0.5:
                    _cut(data, item)
                continue
            at, what = item
            for start in range(0, len(what), SECTOR):
                if dice.random() < 0.5:
                    _put(data, at + start, what[start : start + SECTOR])
        return bytes(data)


def _put(data: bytearray, at: int, what: bytes) -> None:
    if at > len(data):
        data.extend(bytes(at - len(data)))
    data[at : at + len(what)] = what


def _cut(data: bytearray, size: int) -> None:
    del data[size:]
    data.extend(bytes(size - len(data)))


@dataclass(slots=True)
class Disk:
    """The files below a folder, by path, as a process left them so far."""

    folder: Path
    files: dict[str, File] = field(default_factory=dict)
    _open: dict[tuple[str, str], tuple[File, list[int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, at: Path) -> Disk:
        """All files of a folder, as if they were at another place."""
        disk = cls(at)
        for file in folder.rglob("*"):
            if file.is_file():
                data = file.read_bytes()
                disk.files[str(at / file.relative_to(folder))] = File(data=bytearray(data), synced=data)
        return disk

    def replay(self, log: str) -> Iterator[str]:
        """Do what the process did; stop before each call after which a power cut finds something else on the disk, and name it."""
        for line in log.splitlines():
            found = _CALL.match(line)
            if found is None or int(found[4]) < 0:
                continue
            process, name, told, result = found.groups()
            if (name.endswith("sync") and (process, _number(told)) in self._open) or name in ("rename", "unlink"):
                yield f"{name} {told[:120]}"
            self._do(process, name, told, int(result))

    def image(self, into: Path, how: str) -> None:
        """Write what may be left of the files: ``synced``, ``written``, or a number, the seed of what is torn."""
        dice = random.Random(how)
        for path, file in self.files.items():
            if path.endswith("-shm"):
                continue  # memory that processes share: gone with them
            data = {"synced": file.synced, "written": bytes(file.data)}.get(how)
            target = into / Path(path).relative_to(self.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.torn(dice) if data is None else data)
            target.chmod(0o600)

    def _do(self, process: str, name: str, told: str, result: int) -> None:
        texts = [codecs.escape_decode(text.encode("latin-1"))[0] for text in _TEXT.findall(told)]
        paths = [str(self.folder.parent / text.decode()) for text in texts] if name in _NAMING else []
        if name == "openat" and paths[0].startswith(str(self.folder)):
            self._opened(process, paths[0], told, result)
        elif name.startswith("rename"):
            if paths[0] in self.files:
                self.files[paths[1]] = self.files.pop(paths[0])
        elif name.startswith("link"):
            if paths[0] in self.files:
                self.files[paths[1]] = self.files[paths[0]]
        elif name.startswith("unlink"):
            self.files.pop(paths[0], None)
        elif (key := (process, _number(told))) in self._open:
            self._on_open(key, name, told, texts, result)

    def _opened(self, process: str, path: str, told: str, fd: int) -> None:
        if path not in self.files and "O_CREAT" not in told:
            return  # a folder
        file = self.files.setdefault(path, File())
        if "O_TRUNC" in told and file.data:
            file.cut(0)
        self._open[process, str(fd)] = file, [len(file.data) if "O_APPEND" in told else 0]

    def _on_open(self, key: tuple[str, str], name: str, told: str, texts: list[bytes], result: int) -> None:
        file, place = self._open[key]
        if name == "close":
            del self._open[key]
        elif name == "lseek":
            place[0] = result
        elif name == "write":
            file.write(place[0], texts[0][:result])
            place[0] += result
        elif name == "pwrite64":
            file.write(int(told.rsplit(",", maxsplit=1)[1]), texts[0][:result])
        elif name == "ftruncate":
            file.cut(int(told.rsplit(",", maxsplit=1)[1]))
        elif name.endswith("sync"):
            file.sync()


_NAMING: Final = ("openat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat")


def _number(told: str) -> str:
    found = _FD.match(told)
    return found[1] if found else ""
