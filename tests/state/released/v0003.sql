-- A state of version 3, with some of everything; made with tests/state/build.py (lived). Never edited: a released state stays what it was.
BEGIN TRANSACTION;
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
INSERT INTO "about" VALUES('journal.head','3 a8c49de5a497bd006b2fb13b02ec973228720618fbfb17c2159a2c2f383c23ad');
INSERT INTO "about" VALUES('lineage','9ffd041d9eb6ca487c1c737f7ebde982');
INSERT INTO "about" VALUES('made','2026-11-20T09:00:00+00:00');
INSERT INTO "about" VALUES('serial','1');
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
INSERT INTO "answer" VALUES('customers','match','l0','r0','','same',0,'',1795165200000000);
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
INSERT INTO "checkpoint" VALUES('customers',0,'c1',1795165200000000,1795165200000000,2,1123396547);
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
INSERT INTO "entity" VALUES(1,'customers','["Name","City"]',NULL,4,3,3,'');
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
INSERT INTO "entry" VALUES(1,1795165200000000,1,'p','customers','right','update','done','Ann','r0','l0','{"answer":"204","changes":[{"after":"New","base":"Old","before":"Old","line":0,"name":"Name","rule":"changed","source":"New","why":"left changed"}],"id":"r0","partner":"l0","salt":"781ebacb409d7c6e44a17fd0e0dd201e"}','91b4e96b75d8d5d9246f63df67df58edd177fb4502a8502657fe0a15047d4bd4','b7b0ec451f766376db6d151711b166970c948e3622ce6069415b7ba550f39efb');
INSERT INTO "entry" VALUES(2,1795165200000000,1,'p','customers','right','update','done','Ann','r1','l1','{"answer":"204","changes":[{"after":"New","base":"Old","before":"Old","line":0,"name":"Name","rule":"changed","source":"New","why":"left changed"}],"id":"r1","partner":"l1","salt":"9ebaaf2db47f50797c9c0e8499936ad5"}','006d955c1a5b3e407daa3f77f08f6abadf428a47d838f5f4f4054e58472cecd3','d58f5e0166bffa4bec44fb54cf249f9916f970b01af553ff9f1592c02e8edad2');
INSERT INTO "entry" VALUES(3,1795165200000000,1,'p','customers','right','update','done','Ann','r2','l2','{"answer":"204","changes":[{"after":"New","base":"Old","before":"Old","line":0,"name":"Name","rule":"changed","source":"New","why":"left changed"}],"id":"r2","partner":"l2","salt":"580719247d4dc572c5fab7d97e8a847a"}','6f9843f95e9ed16ad821679daffc6fd35b6df1e4c6094f399458765ff39603c4','a8c49de5a497bd006b2fb13b02ec973228720618fbfb17c2159a2c2f383c23ad');
CREATE TABLE key (
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    key INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (entity, side, key, n)
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
INSERT INTO "link" VALUES(1,1,1,4,0,0,0,1,1,'VATNumber',3301558835,6217941518290025288,6217941518290025288,'["Name 0","Gent"]',NULL);
INSERT INTO "link" VALUES(2,1,2,5,0,0,0,1,1,'VATNumber',2455807802,-3492438433279127745,-3492438433279127745,'["Oud","Gent"]','["Oud","Gent"]');
INSERT INTO "link" VALUES(3,1,3,6,0,0,0,0,1,'VATNumber',1771769889,1988059776969101633,1988059776969101633,NULL,NULL);
CREATE TABLE listed (
    n INTEGER PRIMARY KEY,
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    place INTEGER NOT NULL,
    generation INTEGER NOT NULL DEFAULT 0,
    raws BLOB NOT NULL
);
CREATE TABLE loose (
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (entity, side, n)
) WITHOUT ROWID;
INSERT INTO "loose" VALUES(1,0,7);
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
INSERT INTO "operation" VALUES(1,'key0','done','customers','l0','r0',1,'p','Ann',1,1795165200000000,1.0,'boot',NULL,'','',1795165200000000,1795165200000000,502569685,'{"action":"update","after":[],"changes":[{"after":"New","base":"Old","before":"Old","line":0,"name":"Name","rule":"changed","source":"New","why":"left changed"}],"entity":"customers","expected":{"Name":"Old"},"id":"r0","identify":{},"key":"key0","partner":"l0","phase":1,"resource":"Accounts","side":"right","title":"","values":{"Name":"New"},"version":null}');
INSERT INTO "operation" VALUES(2,'key1','planned','customers','l1','r1',1,'p','Ann',0,NULL,NULL,'',NULL,'','',1795165200000000,1795165200000000,1550826941,'{"action":"update","after":[],"changes":[{"after":"New","base":"Old","before":"Old","line":0,"name":"Name","rule":"changed","source":"New","why":"left changed"}],"entity":"customers","expected":{"Name":"Old"},"id":"r1","identify":{},"key":"key1","partner":"l1","phase":1,"resource":"Accounts","side":"right","title":"","values":{"Name":"New"},"version":null}');
INSERT INTO "operation" VALUES(3,'key2','planned','customers','l2','r2',1,'p','Ann',0,NULL,NULL,'',NULL,'','',1795165200000000,1795165200000000,2341536530,'{"action":"update","after":[],"changes":[{"after":"New","base":"Old","before":"Old","line":0,"name":"Name","rule":"changed","source":"New","why":"left changed"}],"entity":"customers","expected":{"Name":"Old"},"id":"r2","identify":{},"key":"key2","partner":"l2","phase":1,"resource":"Accounts","side":"right","title":"","values":{"Name":"New"},"version":null}');
CREATE TABLE pin (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "pin" VALUES('identity','csv');
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
INSERT INTO "record" VALUES(1,1,0,'l0',0,0,70,-6571463143371218309,2,NULL,NULL,NULL,NULL,NULL,NULL,'["Jansen","Delft"]');
INSERT INTO "record" VALUES(2,1,0,'l1',0,0,2,-8975897808767770910,1,NULL,NULL,NULL,NULL,NULL,NULL,'["Name 1","Gent"]');
INSERT INTO "record" VALUES(3,1,0,'l2',0,0,3,1988059776969101633,1,NULL,NULL,NULL,NULL,NULL,NULL,'["Name 2","Gent"]');
INSERT INTO "record" VALUES(4,1,1,'r0',0,0,1,6217941518290025288,1,NULL,NULL,NULL,NULL,NULL,NULL,'["Name 0","Gent"]');
INSERT INTO "record" VALUES(5,1,1,'r1',0,0,2,-8975897808767770910,1,NULL,NULL,NULL,NULL,NULL,NULL,'["Name 1","Gent"]');
INSERT INTO "record" VALUES(6,1,1,'r2',0,0,3,1988059776969101633,1,NULL,NULL,NULL,NULL,NULL,NULL,'["Name 2","Gent"]');
INSERT INTO "record" VALUES(7,1,0,'free',0,0,71,-3435121101350609607,2,NULL,NULL,NULL,NULL,NULL,NULL,'["Visser","Delft"]');
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
INSERT INTO "review" VALUES(1,'conflictcustomersl0r0','customers','conflict',1,0,'{"kind":"conflict","entity":"customers","left_ids":["l0"],"right_ids":["r0"],"field":"","reason":"","rule":"","score":null,"line":0,"title":"","left":"Jansen","right":"x","base_left":{},"base_right":{}}',NULL);
INSERT INTO "review" VALUES(2,'createcustomersfree','customers','create',1,0,'{"kind":"create","entity":"customers","left_ids":["free"],"right_ids":[],"field":"","reason":"","rule":"","score":null,"line":0,"title":"","left":{},"right":{},"base_left":{},"base_right":{}}',NULL);
CREATE TABLE run (
    number INTEGER PRIMARY KEY,
    started INTEGER NOT NULL,
    ended INTEGER,
    command TEXT NOT NULL,
    plan TEXT NOT NULL DEFAULT '',
    end INTEGER,
    counts TEXT NOT NULL DEFAULT '{}'
);
INSERT INTO "run" VALUES(1,1795165200000000,1795165200000000,'sync run','',0,'{}');
CREATE TABLE stray (
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    raw INTEGER NOT NULL,
    PRIMARY KEY (entity, side, raw)
) WITHOUT ROWID;
INSERT INTO "stray" VALUES(1,0,1);
CREATE TABLE transition (before TEXT NOT NULL, after TEXT NOT NULL, PRIMARY KEY (before, after)) WITHOUT ROWID;
INSERT INTO "transition" VALUES('done','confirmed');
INSERT INTO "transition" VALUES('looking','done');
INSERT INTO "transition" VALUES('looking','parked');
INSERT INTO "transition" VALUES('looking','ready');
INSERT INTO "transition" VALUES('looking','stale');
INSERT INTO "transition" VALUES('looking','uncertain');
INSERT INTO "transition" VALUES('parked','dropped');
INSERT INTO "transition" VALUES('parked','ready');
INSERT INTO "transition" VALUES('planned','dropped');
INSERT INTO "transition" VALUES('planned','ready');
INSERT INTO "transition" VALUES('planned','stale');
INSERT INTO "transition" VALUES('ready','dropped');
INSERT INTO "transition" VALUES('ready','sending');
INSERT INTO "transition" VALUES('ready','stale');
INSERT INTO "transition" VALUES('refused','parked');
INSERT INTO "transition" VALUES('sending','done');
INSERT INTO "transition" VALUES('sending','refused');
INSERT INTO "transition" VALUES('sending','stale');
INSERT INTO "transition" VALUES('sending','uncertain');
INSERT INTO "transition" VALUES('sending','unsent');
INSERT INTO "transition" VALUES('uncertain','looking');
INSERT INTO "transition" VALUES('unsent','dropped');
INSERT INTO "transition" VALUES('unsent','ready');
INSERT INTO "transition" VALUES('unsent','stale');
CREATE TABLE unkeyed (
    entity INTEGER NOT NULL,
    side INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (entity, side, n)
) WITHOUT ROWID;
CREATE TABLE used_plan (digest TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO "used_plan" VALUES('dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd',1795165200000000);
CREATE UNIQUE INDEX record_id ON record (entity, side, id);
CREATE INDEX record_away ON record (entity, side, presence, id) WHERE presence <> 0;
CREATE UNIQUE INDEX listed_place ON listed (entity, side, place);
CREATE UNIQUE INDEX link_left ON link (left_n, left_slot);
CREATE UNIQUE INDEX link_right ON link (right_n, right_slot);
CREATE INDEX link_dirty ON link (entity) WHERE dirty = 1;
CREATE INDEX operation_left ON operation (entity, left_id) WHERE state NOT IN ('confirmed', 'done', 'dropped', 'stale');
CREATE INDEX operation_right ON operation (entity, right_id) WHERE state NOT IN ('confirmed', 'done', 'dropped', 'stale');
CREATE INDEX operation_state ON operation (state, seq);
CREATE INDEX entry_id ON entry (entity, id);
CREATE INDEX entry_partner ON entry (entity, partner);
CREATE INDEX entry_run ON entry (run);
CREATE INDEX review_open ON review (entity, kind) WHERE open = 1;
CREATE TRIGGER operation_born BEFORE INSERT ON operation WHEN NEW.state <> 'planned'
BEGIN SELECT RAISE(ABORT, 'an operation begins as planned'); END;
CREATE TRIGGER operation_moves BEFORE UPDATE OF state ON operation
WHEN NOT EXISTS (SELECT 1 FROM transition WHERE before = OLD.state AND after = NEW.state)
BEGIN SELECT RAISE(ABORT, 'not a legal transition'); END;
CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
WHEN NEW.number <> OLD.number OR NEW.digest <> OLD.digest OR NEW.content_digest <> OLD.content_digest
BEGIN SELECT RAISE(ABORT, 'a journal entry does not change'); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('review',2);
COMMIT;
PRAGMA application_id = 1937337955;
PRAGMA user_version = 3;
