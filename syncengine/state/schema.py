"""The schema as it is now, as statements. What brings an older state here is a migration.

``record`` holds one row per record that a side showed or a link names; ``link`` refers to two of them by number, so that a pair costs few
bytes. A base that equals what the mirror shows is not stored a second time: its column is NULL and its fingerprint says which values are
meant. Whoever changes a mirrored row first copies the values into the bases that share them (``dirt.py``).
"""

# ruff: noqa: S608 (only names of columns and fixed terms are put into statements; every value is bound)
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from syncengine.model.operation import OperationState
from syncengine.state.transitions import LEGAL, SETTLED

APPLICATION_ID: Final = 0x73796E63
"""``sync`` in ASCII: by this number a file says whose it is."""

SETTLED_SQL: Final = "state NOT IN ({})".format(", ".join(f"'{state}'" for state in sorted(SETTLED)))
"""Condition of the index over operations that are not settled; a query must repeat it word for word."""

TABLES: Final = f"""
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE pin (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entity (
    n INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    layout TEXT NOT NULL DEFAULT '[]',
    many INTEGER CHECK (many IN (0, 1)),
    left_present INTEGER NOT NULL DEFAULT 0,
    right_present INTEGER NOT NULL DEFAULT 0,
    linked INTEGER NOT NULL DEFAULT 0,
    keyed TEXT NOT NULL DEFAULT ''
);
CREATE TABLE record (
    n INTEGER PRIMARY KEY,
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL CHECK (side BETWEEN 0 AND 1),
    id TEXT NOT NULL,
    presence INTEGER NOT NULL CHECK (presence BETWEEN 0 AND 3),
    odd INTEGER NOT NULL CHECK (odd BETWEEN 0 AND 15),
    raw INTEGER NOT NULL,
    fp INTEGER,
    generation INTEGER NOT NULL,
    version TEXT,
    modified INTEGER,
    since INTEGER,
    merged_into TEXT,
    problem TEXT,
    notes TEXT,
    doc TEXT
);
CREATE UNIQUE INDEX record_id ON record (entity, side, id);
CREATE INDEX record_away ON record (entity, side, presence, id) WHERE presence <> 0;
CREATE TABLE loose (
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (entity, side, n)
) WITHOUT ROWID;
CREATE TABLE listed (
    n INTEGER PRIMARY KEY,
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    place INTEGER NOT NULL,
    generation INTEGER NOT NULL DEFAULT 0,
    raws BLOB NOT NULL
);
CREATE UNIQUE INDEX listed_place ON listed (entity, side, place);
CREATE TABLE stray (
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    raw INTEGER NOT NULL,
    PRIMARY KEY (entity, side, raw)
) WITHOUT ROWID;
CREATE TABLE key (
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    key INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (entity, side, key, n)
) WITHOUT ROWID;
CREATE TABLE unkeyed (
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (entity, side, n)
) WITHOUT ROWID;
CREATE TABLE link (
    n INTEGER PRIMARY KEY,
    entity INTEGER NOT NULL,
    left_n INTEGER,
    right_n INTEGER,
    left_slot INTEGER NOT NULL DEFAULT 0,
    right_slot INTEGER NOT NULL DEFAULT 0,
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
    dirty INTEGER NOT NULL CHECK (dirty BETWEEN 0 AND 1),
    run INTEGER NOT NULL,
    matched_by TEXT NOT NULL,
    sum INTEGER NOT NULL,
    left_fp INTEGER,
    right_fp INTEGER,
    left_base TEXT,
    right_base TEXT,
    CHECK (left_n IS NOT NULL OR right_n IS NOT NULL),
    CHECK ((left_fp IS NULL) = (right_fp IS NULL))
);
CREATE UNIQUE INDEX link_left ON link (left_n, left_slot);
CREATE UNIQUE INDEX link_right ON link (right_n, right_slot);
CREATE INDEX link_dirty ON link (entity) WHERE dirty = 1;
CREATE TABLE checkpoint (
    entity TEXT NOT NULL,
    side INTEGER NOT NULL CHECK (side IN (0, 1)),
    cursor TEXT,
    taken INTEGER,
    full INTEGER,
    generation INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (entity, side)
) WITHOUT ROWID;
CREATE TABLE operation (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    entity TEXT NOT NULL,
    left_id TEXT NOT NULL,
    right_id TEXT NOT NULL,
    run INTEGER NOT NULL,
    plan TEXT NOT NULL,
    approved TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    sent_wall INTEGER,
    sent_boot REAL,
    boot TEXT NOT NULL DEFAULT '',
    not_before INTEGER,
    answer TEXT NOT NULL DEFAULT '',
    result TEXT NOT NULL DEFAULT '',
    accepted INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX operation_left ON operation (entity, left_id) WHERE {SETTLED_SQL};
CREATE INDEX operation_right ON operation (entity, right_id) WHERE {SETTLED_SQL};
CREATE INDEX operation_state ON operation (state, seq);
CREATE TABLE transition (before TEXT NOT NULL, after TEXT NOT NULL, PRIMARY KEY (before, after)) WITHOUT ROWID;
CREATE TABLE entry (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    run INTEGER NOT NULL,
    plan TEXT NOT NULL,
    entity TEXT NOT NULL,
    side TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    approved TEXT NOT NULL,
    id TEXT,
    partner TEXT,
    content TEXT,
    content_digest TEXT NOT NULL,
    digest TEXT NOT NULL
);
CREATE INDEX entry_id ON entry (entity, id);
CREATE INDEX entry_partner ON entry (entity, partner);
CREATE INDEX entry_run ON entry (run);
CREATE TABLE review (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL UNIQUE,
    entity TEXT NOT NULL,
    kind TEXT NOT NULL,
    open INTEGER NOT NULL CHECK (open IN (0, 1)),
    written INTEGER NOT NULL CHECK (written IN (0, 1)),
    body TEXT NOT NULL,
    closed INTEGER
);
CREATE INDEX review_open ON review (entity, kind) WHERE open = 1;
CREATE TABLE answer (
    entity TEXT NOT NULL,
    kind TEXT NOT NULL,
    left_id TEXT NOT NULL,
    right_id TEXT NOT NULL,
    field TEXT NOT NULL,
    decision TEXT NOT NULL,
    seen INTEGER NOT NULL,
    who TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (entity, kind, left_id, right_id, field)
) WITHOUT ROWID;
CREATE TABLE run (
    number INTEGER PRIMARY KEY,
    started INTEGER NOT NULL,
    ended INTEGER,
    command TEXT NOT NULL,
    plan TEXT NOT NULL DEFAULT '',
    end INTEGER,
    counts TEXT NOT NULL DEFAULT '{{}}'
);
CREATE TABLE used_plan (digest TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TRIGGER operation_born BEFORE INSERT ON operation WHEN NEW.state <> '{OperationState.PLANNED}'
BEGIN SELECT RAISE(ABORT, 'an operation begins as planned'); END;
CREATE TRIGGER operation_moves BEFORE UPDATE OF state ON operation
WHEN NOT EXISTS (SELECT 1 FROM transition WHERE before = OLD.state AND after = NEW.state)
BEGIN SELECT RAISE(ABORT, 'not a legal transition'); END;
CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
WHEN NEW.number <> OLD.number OR NEW.digest <> OLD.digest OR NEW.content_digest <> OLD.content_digest
BEGIN SELECT RAISE(ABORT, 'a journal entry does not change'); END;
"""


def statements(script: str) -> Iterator[str]:
    """Cut a script into statements; a trigger, whose body holds semicolons, stands on two or three lines and ends with END."""
    statement = ""
    for line in script.strip().splitlines():
        statement += line + "\n"
        if line.endswith(";") and (not statement.startswith("CREATE TRIGGER") or line.endswith("END;")):
            yield statement.rstrip().removesuffix(";")
            statement = ""


SCHEMA: Final = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
"""Asks a database for its schema."""


def strange(found: Iterable[tuple[object]]) -> Iterator[str]:
    """Say what of a schema is not as it was made; nothing if all is.

    Args:
        found: The answer to ``SCHEMA``.
    """
    # A flipped bit may turn a text into bytes or a number. Space means nothing: a migration that adds a column sets it otherwise.
    ours, theirs = (
        {"".join(str(sql).split()): str(sql) for sql in both}
        for both in (statements(TABLES), (sql for (sql,) in found))
    )
    for bare, statement in sorted({**theirs, **ours}.items()):
        if bare not in ours or bare not in theirs:
            what = "is missing or was changed" if bare in ours else "was added"
            yield f"the schema is not ours: {statement.splitlines()[0]} {what}"


def transitions() -> list[tuple[str, str]]:
    """Rows of the table ``transition``."""
    return sorted((before.value, after.value) for before, afters in LEGAL.items() for after in afters)
