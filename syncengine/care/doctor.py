"""One page of checks around a project; each on its own, so that one that fails hides no other."""

from __future__ import annotations

import os
import platform
import sqlite3
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from syncengine import __version__, registry
from syncengine.care.tend import backups, holder, look
from syncengine.config.load import load
from syncengine.errors import End, SyncError, worst
from syncengine.ports import Clock, SystemClock
from syncengine.state.folder import DATABASE, refuse_network, require_space
from syncengine.workspace import MAPPING, check, login

Level = Literal["ok", "warn", "fail"]

BUILT: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""No clock that goes right shows an earlier time."""
SKEW: Final = timedelta(minutes=5)
FEW_DAYS: Final = 10
"""Days left of a login below which it is warned about: it was not used for 20 of its 30 days."""
OLD_BACKUP: Final = timedelta(days=3)
WAL_SAFE: Final = (3, 37)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the page.

    Attributes:
        end: How a command would end that stumbles over this; DONE if it does not fail.
        do: What to do; "" if nothing.
    """

    what: str
    level: Level
    text: str
    do: str = ""
    end: End = End.DONE


Asked = Callable[[], Iterator[Finding]]


def examine(root: Path, overdue: Callable[[Path], str], clock: Clock | None = None) -> list[Finding]:
    """Do every check; nothing is changed anywhere and no side is asked.

    Args:
        overdue: Why a run is overdue in this project; "" if none is.
    """
    now = (clock or SystemClock()).now()
    folder = _folder(root)
    checks: dict[str, tuple[Asked, End]] = {
        "program": (_program, End.UNEXPECTED),
        "mapping": (lambda: _mapping(root), End.CONFIG),
        "folder": (lambda: _private(folder), End.STATE),
        "disk": (lambda: _disk(folder), End.STATE),
        "state": (lambda: _state(folder), End.STATE),
        "backup": (lambda: _backup(folder, now), End.STATE),
        "lock": (lambda: _lock(folder), End.LOCKED),
        "clock": (lambda: _clock(folder, now), End.STATE),
        "login": (lambda: _logins(root), End.LOGIN),
        "runs": (lambda: _runs(root, folder, overdue), End.LATER),
    }
    return [finding for what, (asked, end) in checks.items() for finding in _tried(what, asked, end)]


def end_of(findings: list[Finding]) -> End:
    """How the page ends: as the worst of what fails."""
    return worst([finding.end for finding in findings if finding.level == "fail"])


def _tried(what: str, asked: Asked, end: End) -> list[Finding]:
    try:
        return list(asked())
    except SyncError as error:
        first, _, rest = str(error).partition("\n")
        do = " ".join(rest.split())
        return [Finding(what=what, level="fail", text=first, do=do, end=error.end or end)]
    except OSError as error:
        return [Finding(what=what, level="fail", text=f"{error.filename}: {error.strerror}", end=end)]


def _folder(root: Path) -> Path:
    """The state folder; the usual one if the mapping cannot say."""
    try:
        return root / load(root / MAPPING).state
    except SyncError:
        return root / ".sync"


def _program() -> Iterator[Finding]:
    text = f"syncengine {__version__}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < WAL_SAFE:
        yield Finding(what="program", level="warn", text=text, do="Update SQLite: versions before 3.37 are not tried.")
    else:
        yield Finding(what="program", level="ok", text=text)


def _mapping(root: Path) -> Iterator[Finding]:
    for note in check(root):
        level: Level = "ok" if note.ok else "fail"
        yield Finding(what="mapping", level=level, text=note.text, end=End.DONE if note.ok else End.CONFIG)


def _private(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding(what="folder", level="ok", text=f"{folder}: not made yet; the first plan or run makes it")
        return
    loose = [
        path
        for path in (folder, *folder.glob(f"{DATABASE}*"), *folder.glob("backups"))
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    foreign = [path for path in (folder, folder / DATABASE) if path.exists() and path.stat().st_uid != os.getuid()]
    if foreign:
        yield Finding(
            what="folder",
            level="fail",
            text=f"{foreign[0]} belongs to another user",
            do="Run sync as one and the same user, or: chown",
            end=End.STATE,
        )
    elif loose:
        yield Finding(what="folder", level="warn", text=f"{loose[0]} is open to others", do=f"chmod -R go= {folder}")
    else:
        yield Finding(what="folder", level="ok", text=f"{folder}: for its owner only")


def _disk(folder: Path) -> Iterator[Finding]:
    place = folder if folder.is_dir() else folder.parent
    refuse_network(place)
    require_space(place)
    disk = os.statvfs(place)
    yield Finding(what="disk", level="ok", text=f"{disk.f_bavail * disk.f_frsize / 2**30:,.1f} GB free, a local disk")


def _state(folder: Path) -> Iterator[Finding]:
    if not (folder / DATABASE).exists():
        yield Finding(what="state", level="ok", text="none yet", do="")
        return
    if holder(folder) is not None:
        yield Finding(what="state", level="ok", text="in use, so not looked through now")
        return
    health = look(folder)
    text = f"whole: {health.records:,} records, {health.links:,} links, {health.entries:,} journal entries"
    here = os.uname().nodename
    if health.host not in ("", here):
        do = "If the project was copied, not moved, stop one of the two."
        yield Finding(what="state", level="warn", text=f"{text}; last used on {health.host}, this is {here}", do=do)
    else:
        yield Finding(what="state", level="ok", text=text)


def _backup(folder: Path, now: datetime) -> Iterator[Finding]:
    if not (folder / DATABASE).exists():
        return
    found = backups(folder)
    if not found:
        do = "The first run of the next day makes one, or: sync state backup"
        yield Finding(what="backup", level="warn", text="there is none yet", do=do)
        return
    newest = found[-1].file
    age = now - datetime.fromtimestamp(newest.stat().st_mtime, UTC)
    old = age > OLD_BACKUP
    yield Finding(
        what="backup",
        level="warn" if old else "ok",
        text=f"{len(found)} kept, the newest {newest.name}, {max(age.days, 0)} days old",
        do="Is sync still run every day? Or: sync state backup" if old else "",
    )


def _lock(folder: Path) -> Iterator[Finding]:
    who = holder(folder)
    if who is None:
        yield Finding(what="lock", level="ok", text="free")
    else:
        yield Finding(what="lock", level="warn", text=f"held by {who}", do="If it hangs: sync state unlock")


def _clock(folder: Path, now: datetime) -> Iterator[Finding]:
    shown = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    last = _last_write(folder)
    if now < BUILT:
        text = f"shows {shown}, which cannot be"
    elif last is not None and last > now + SKEW:
        text = f"shows {shown}, and the state was written at {last:%Y-%m-%d %H:%M:%S} UTC: it went back"
    else:
        yield Finding(what="clock", level="ok", text=shown)
        return
    do = "Set the clock, and keep it right (NTP)."
    yield Finding(what="clock", level="fail", text=text, do=do, end=End.STATE)


def _last_write(folder: Path) -> datetime | None:
    """When the state was last written, by this machine's clock as it was then."""
    stamps = [file.stat().st_mtime for file in folder.glob(f"{DATABASE}*")]
    return datetime.fromtimestamp(max(stamps), UTC) if stamps else None


def _logins(root: Path) -> Iterator[Finding]:
    """How every login stands that the project needs; nothing secret is told and no side is asked."""
    try:
        document = load(root / MAPPING)
    except SyncError:
        return  # told as a fault of the mapping already
    for name, config in document.systems.items():
        if registry.plugin(config.connector).login is not None:
            yield from _tried(f"login {name}", lambda name=name: _login(root, name), End.LOGIN)  # type: ignore[misc]  # a lambda with a default


def _login(root: Path, name: str) -> Iterator[Finding]:
    said: list[str] = []
    found: dict[str, Any] = {}
    login(root, name, {"action": "status", "say": said.append, "found": found.update})
    yield _judged(name, " ".join(said), found)


def _judged(name: str, said: str, found: Mapping[str, Any]) -> Finding:
    what, left = f"login {name}", found.get("days_left")
    log_in = f"sync login --system {name}"
    if found.get("logged_in") is False:
        return Finding(what=what, level="fail", text=said, do=log_in, end=End.LOGIN)
    if left is not None and left <= FEW_DAYS:
        return Finding(what=what, level="warn", text=said, do=f"Run sync, or: {log_in}")
    return Finding(what=what, level="ok", text=said)


def _runs(root: Path, folder: Path, overdue: Callable[[Path], str]) -> Iterator[Finding]:
    if not (folder / DATABASE).exists():
        yield Finding(what="runs", level="ok", text="none yet", do="Begin: sync plan")
    elif late := overdue(root):
        do = "Look whether cron still starts it: sync status"
        yield Finding(what="runs", level="fail", text=f"overdue: {late}", do=do, end=End.LATER)
    else:
        yield Finding(what="runs", level="ok", text="none is overdue")
