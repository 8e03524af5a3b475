-- Who exported what: one row when an export is asked for, before anything is read, and one in export_audit_ends when it
-- has ended. Rows are only ever added; a trigger refuses everything else, whoever asks.
CREATE TABLE export_audits (
    id                    text COLLATE "C" PRIMARY KEY,
    -- The project of whoever asked. Its administrators may list the row.
    project_id            text COLLATE "C" NOT NULL,
    -- The project that was asked for; null where it was none. Another one than project_id was refused.
    requested_project_id  text COLLATE "C",
    user_name             text COLLATE "C" NOT NULL,
    credential            text COLLATE "C" NOT NULL,
    -- The other end of the connection, and what the header X-Forwarded-For says.
    peer_address          text COLLATE "C",
    forwarded_for         text COLLATE "C",
    request_id            text COLLATE "C" NOT NULL,
    -- What was asked for, as it was sent.
    filter_start_time     text COLLATE "C",
    filter_end_time       text COLLATE "C",
    filter_user_name      text COLLATE "C",
    filter_computer_name  text COLLATE "C",
    filter_terminal_type  text COLLATE "C",
    language              text COLLATE "C" NOT NULL,
    time_zone             text COLLATE "C" NOT NULL,
    -- The process that runs the export: the key of the advisory lock that it holds as long as it lives.
    instance              bigint NOT NULL,
    started_at            timestamptz NOT NULL
);

-- The list of a project, newest first.
CREATE INDEX export_audits_by_time ON export_audits (project_id, started_at DESC, id DESC);

-- How an export ended. Where a process went away, another one presumes that its exports were interrupted; should it live
-- after all, it adds what it knows.
CREATE TABLE export_audit_ends (
    audit_id     text COLLATE "C" NOT NULL REFERENCES export_audits,
    presumed     boolean NOT NULL CHECK (presumed = (outcome = 'interrupted')),
    outcome      text COLLATE "C" NOT NULL,
    error_code   text COLLATE "C",
    reason       text COLLATE "C",
    rows         bigint,
    bytes        bigint,
    duration_ms  bigint,
    ended_at     timestamptz NOT NULL,
    -- One end that is known, and one that was presumed.
    PRIMARY KEY (audit_id, presumed)
);

CREATE FUNCTION refuse_to_change_export_audits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audits of exports are never changed or deleted';
END
$$;

CREATE TRIGGER export_audits_are_only_added_to
    BEFORE UPDATE OR DELETE OR TRUNCATE ON export_audits
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_export_audits();

CREATE TRIGGER export_audit_ends_are_only_added_to
    BEFORE UPDATE OR DELETE OR TRUNCATE ON export_audit_ends
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_export_audits();
