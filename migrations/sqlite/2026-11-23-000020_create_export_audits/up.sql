-- Who exported what: one row when an export is asked for, before anything is read, and one in export_audit_ends when it
-- has ended. Rows are only ever added; triggers refuse everything else.
--
-- WITHOUT ROWID, so that a row has no second identity by which REPLACE could take its place.
CREATE TABLE export_audits (
    id                    TEXT NOT NULL PRIMARY KEY,
    -- The project of whoever asked. Its administrators may list the row.
    project_id            TEXT NOT NULL,
    -- The project that was asked for; null where it was none. Another one than project_id was refused.
    requested_project_id  TEXT,
    user_name             TEXT NOT NULL,
    credential            TEXT NOT NULL,
    -- The other end of the connection, and what the header X-Forwarded-For says.
    peer_address          TEXT,
    forwarded_for         TEXT,
    request_id            TEXT NOT NULL,
    -- What was asked for, as it was sent.
    filter_start_time     TEXT,
    filter_end_time       TEXT,
    filter_user_name      TEXT,
    filter_computer_name  TEXT,
    filter_terminal_type  TEXT,
    language              TEXT NOT NULL,
    time_zone             TEXT NOT NULL,
    -- The process that runs the export.
    instance              INTEGER NOT NULL,
    started_at            INTEGER NOT NULL -- microseconds
) STRICT, WITHOUT ROWID;

-- The list of a project, newest first.
CREATE INDEX export_audits_by_time ON export_audits (project_id, started_at DESC, id DESC);

-- How an export ended. Where a process went away, another one presumes that its exports were interrupted; should it live
-- after all, it adds what it knows.
CREATE TABLE export_audit_ends (
    audit_id     TEXT NOT NULL REFERENCES export_audits (id),
    presumed     INTEGER NOT NULL CHECK (presumed = (outcome = 'interrupted')),
    outcome      TEXT NOT NULL,
    error_code   TEXT,
    reason       TEXT,
    rows         INTEGER,
    bytes        INTEGER,
    duration_ms  INTEGER,
    ended_at     INTEGER NOT NULL, -- microseconds
    -- One end that is known, and one that was presumed.
    PRIMARY KEY (audit_id, presumed)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER export_audits_are_not_updated BEFORE UPDATE ON export_audits
BEGIN SELECT RAISE(ABORT, 'audits of exports are never changed or deleted'); END;

CREATE TRIGGER export_audits_are_not_deleted BEFORE DELETE ON export_audits
BEGIN SELECT RAISE(ABORT, 'audits of exports are never changed or deleted'); END;

CREATE TRIGGER export_audit_ends_are_not_updated BEFORE UPDATE ON export_audit_ends
BEGIN SELECT RAISE(ABORT, 'audits of exports are never changed or deleted'); END;

CREATE TRIGGER export_audit_ends_are_not_deleted BEFORE DELETE ON export_audit_ends
BEGIN SELECT RAISE(ABORT, 'audits of exports are never changed or deleted'); END;

-- REPLACE deletes without asking the triggers above, so the first row stays whatever comes after it.
CREATE TRIGGER export_audits_are_not_replaced BEFORE INSERT ON export_audits
WHEN EXISTS (SELECT 1 FROM export_audits WHERE id = NEW.id)
BEGIN SELECT RAISE(IGNORE); END;

CREATE TRIGGER export_audit_ends_are_not_replaced BEFORE INSERT ON export_audit_ends
WHEN EXISTS (SELECT 1 FROM export_audit_ends WHERE audit_id = NEW.audit_id AND presumed = NEW.presumed)
BEGIN SELECT RAISE(IGNORE); END;
