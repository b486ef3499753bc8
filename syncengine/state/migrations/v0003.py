"""Version 3: fingerprints of raw rows stand in blocks, in the order of the last listing, and no longer in an index; rows cost less to store;
match keys can be indexed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlite_utils import Database

_OLD: Final = (
    *("record_id", "record_raw", "record_problem", "record_away", "loose_side"),
    *("link_left", "link_right", "link_dirty"),
)

# A list in a CHECK is looked up for each row anew; BETWEEN is two comparisons.
_STEPS: Final = (
    "ALTER TABLE record RENAME TO record_2",
    *(f"DROP INDEX {name}" for name in _OLD),
    """CREATE TABLE record (
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
)""",
    "INSERT INTO record SELECT * FROM record_2",
    "DROP TABLE record_2",
    "CREATE UNIQUE INDEX record_id ON record (entity, side, id)",
    "CREATE INDEX record_away ON record (entity, side, presence, id) WHERE presence <> 0",
    "ALTER TABLE loose RENAME TO loose_2",
    """CREATE TABLE loose (
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (entity, side, n)
) WITHOUT ROWID""",
    "INSERT INTO loose SELECT entity, side, n FROM loose_2",
    "DROP TABLE loose_2",
    "ALTER TABLE link RENAME TO link_2",
    """CREATE TABLE link (
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
)""",
    "INSERT INTO link SELECT * FROM link_2",
    "DROP TABLE link_2",
    "CREATE UNIQUE INDEX link_left ON link (left_n, left_slot)",
    "CREATE UNIQUE INDEX link_right ON link (right_n, right_slot)",
    "CREATE INDEX link_dirty ON link (entity) WHERE dirty = 1",
    """CREATE TABLE listed (
    n INTEGER PRIMARY KEY,
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    place INTEGER NOT NULL,
    generation INTEGER NOT NULL DEFAULT 0,
    raws BLOB NOT NULL
)""",
    "CREATE UNIQUE INDEX listed_place ON listed (entity, side, place)",
    """CREATE TABLE key (
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    key INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (entity, side, key, n)
) WITHOUT ROWID""",
    """CREATE TABLE unkeyed (
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (entity, side, n)
) WITHOUT ROWID""",
    "ALTER TABLE entity ADD COLUMN keyed TEXT NOT NULL DEFAULT ''",
    """CREATE TABLE stray (
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    raw INTEGER NOT NULL,
    PRIMARY KEY (entity, side, raw)
) WITHOUT ROWID""",
)


def apply(database: Database) -> None:
    """Make the tables anew; no listing is known yet, so the next one reads every row once more."""
    for statement in _STEPS:
        database.execute(statement)
