-- Format 1: what was last seen, what rdpctl made, what runs did, and who may write.
-- Columns that programs outside rdpctl may read are plain; what only rdpctl reads fast is a blob.

-- One row: which state this is, how often it was changed (entries of a journal that record nothing made excepted), and how
-- often the texts of `dictionary` were numbered anew.
CREATE TABLE state (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    lineage TEXT    NOT NULL,
    serial  INTEGER NOT NULL,
    edition INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Distinct observations of a facet, on what looks into guests stood (`ground`), and reasons why looks failed (`gaps`), in
-- segments of many texts
-- (crates/rdpctl-store/src/codec/texts.rs).
CREATE TABLE dictionary (
    topic TEXT    NOT NULL,
    first INTEGER NOT NULL,
    count INTEGER NOT NULL,
    texts BLOB    NOT NULL,
    PRIMARY KEY (topic, first)
) STRICT;

-- Compact facts: up to 1024 instances a row, as columns of small numbers (crates/rdpctl-store/src/codec/chunk.rs). They
-- are members of a fleet with that selector (`fleet` is 1), or one instance that is declared by itself.
CREATE TABLE chunk (
    id       INTEGER PRIMARY KEY,
    fleet    INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    selector TEXT    NOT NULL,
    provider TEXT,
    count    INTEGER NOT NULL,
    body     BLOB    NOT NULL
) STRICT;
CREATE INDEX chunk_source ON chunk (fleet, name, selector);

-- Each world's last answer about an instance (`cloud`, `guest`, `outside`) as JSON: form 0 is plain, form 1 is an LZ4
-- block with its size before it. `failed` is why the look after that brought none, as JSON. The rule sets in a cloud's
-- answer are left out of it, for instances share them: `doors` names them by number, stage by stage, as JSON.
CREATE TABLE evidence (
    instance TEXT    NOT NULL,
    world    TEXT    NOT NULL,
    at       TEXT,
    failed   TEXT,
    failed_at TEXT,
    doors    TEXT,
    form     INTEGER,
    answer   BLOB,
    PRIMARY KEY (instance, world)
) STRICT;

-- Distinct rule sets as JSON, in the same forms; `digest` is the SHA-256 of the plain JSON.
CREATE TABLE rule_set (
    id     INTEGER PRIMARY KEY,
    digest BLOB    NOT NULL UNIQUE,
    form   INTEGER NOT NULL,
    body   BLOB    NOT NULL
) STRICT;

-- Executions of plans, each under a lease and its number. `end` is none while a run runs, and after a kill: it is over
-- when its lease has another number. `record` is the rest of what is known of it, as JSON. `journal` is the last entry
-- before it began.
CREATE TABLE run (
    number    INTEGER PRIMARY KEY,
    id        TEXT    NOT NULL UNIQUE,
    lease     TEXT    NOT NULL,
    epoch     INTEGER NOT NULL,
    began     TEXT    NOT NULL,
    ended     TEXT,
    holder    TEXT    NOT NULL,
    end       TEXT,
    cost      TEXT    NOT NULL,
    record    TEXT    NOT NULL,
    journal   INTEGER NOT NULL,
    plan_form INTEGER NOT NULL,
    plan      BLOB    NOT NULL
) STRICT;
CREATE INDEX run_unfinished ON run (lease, epoch) WHERE ended IS NULL;

-- What observations added to a run's plan, in order.
CREATE TABLE growth (
    run  INTEGER NOT NULL,
    part INTEGER NOT NULL,
    form INTEGER NOT NULL,
    body BLOB    NOT NULL,
    PRIMARY KEY (run, part)
) STRICT, WITHOUT ROWID;

-- What happened, in the order in which it was written: runs that began, grew and ended, and each step on each subject.
-- `subject` is an instance, or with `shared` (a provider) an object there. `event` is JSON. Each `hash` is the SHA-256
-- of the one before it and of this row (crates/rdpctl-store/src/database/chain.rs). Every append costs a page for each
-- index, so there is one alone; a run is found from its first entry on.
CREATE TABLE journal (
    seq     INTEGER PRIMARY KEY,
    run     INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    step    TEXT,
    subject TEXT,
    shared  TEXT,
    at      TEXT    NOT NULL,
    event   TEXT    NOT NULL,
    hash    BLOB    NOT NULL
) STRICT;
CREATE INDEX journal_subject ON journal (subject) WHERE subject IS NOT NULL;

-- Things in clouds that rdpctl made, for an instance or (with `shared`) for an object there; `released` is 1 once they
-- were given back.
CREATE TABLE created (
    kind     TEXT    NOT NULL,
    provider TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    shared   TEXT,
    at       TEXT    NOT NULL,
    released INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, provider, id)
) STRICT, WITHOUT ROWID;

-- Who may write. A row stays when its lease is given back, for its number only grows. `uptime` and `ttl` are
-- milliseconds; `uptime` is the machine's at the last renewal.
CREATE TABLE lease (
    name      TEXT    PRIMARY KEY,
    epoch     INTEGER NOT NULL,
    held      INTEGER NOT NULL,
    owner     TEXT    NOT NULL,
    host      TEXT    NOT NULL,
    boot      TEXT    NOT NULL,
    namespace TEXT    NOT NULL,
    pid       INTEGER NOT NULL,
    command   TEXT    NOT NULL,
    since     TEXT    NOT NULL,
    renewed   TEXT    NOT NULL,
    uptime    INTEGER NOT NULL,
    renewals  INTEGER NOT NULL,
    ttl       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What turned over time, in the order in which it was seen. `was` and `becomes` are verdicts as JSON, none where the
-- facet was as declared.
CREATE TABLE turn (
    seq      INTEGER PRIMARY KEY,
    at       TEXT    NOT NULL,
    instance TEXT    NOT NULL,
    facet    TEXT    NOT NULL,
    was      TEXT,
    becomes  TEXT
) STRICT;
CREATE INDEX turn_of ON turn (instance, facet);

-- What people told the loop: `body` is the whole order as JSON.
CREATE TABLE told (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at     TEXT    NOT NULL,
    target TEXT    NOT NULL,
    body   TEXT    NOT NULL
) STRICT;

-- What was done about a facet of an instance and left it as it was: `what` is the difference and its steps as JSON, `run`
-- the run that did them. It is not part of an export: losing it costs one more try.
CREATE TABLE tried (
    instance TEXT NOT NULL,
    facet    TEXT NOT NULL,
    what     TEXT NOT NULL,
    at       TEXT NOT NULL,
    run      TEXT NOT NULL,
    PRIMARY KEY (instance, facet)
) STRICT, WITHOUT ROWID;
