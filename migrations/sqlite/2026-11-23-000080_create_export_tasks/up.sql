-- Exports that go on as tasks, for as long as somebody may ask for them. One row is one task; the processes that share the
-- database share the queue, which is the rows with the status CREATING.
CREATE TABLE export_tasks (
    id             TEXT NOT NULL PRIMARY KEY,
    project_id     TEXT NOT NULL,
    -- The name of the file for people.
    file_name      TEXT NOT NULL,
    -- Who asked for what, as JSON with a version: the database does not look into it.
    request        TEXT NOT NULL,
    status         TEXT NOT NULL CHECK (status IN ('CREATING', 'SUCCESS', 'FAIL', 'EXPIRED')),
    is_downloaded  INTEGER NOT NULL DEFAULT 0,
    created_at     INTEGER NOT NULL, -- microseconds, like all times here
    ended_at       INTEGER CHECK ((ended_at IS NULL) = (status = 'CREATING')),
    -- From when on a process may take the task. Whoever runs it puts this off again and again while it lives.
    available_at   INTEGER NOT NULL,
    -- How often it was begun, but for those times that it found no place to run.
    attempts       INTEGER NOT NULL DEFAULT 0,
    -- Raised each time that a process takes the task, and known to that process alone: who has an older one changes nothing.
    fence          INTEGER NOT NULL DEFAULT 0,
    -- Its file in the storage, named when a process takes the task; the size when it is whole.
    file_key       TEXT,
    file_bytes     INTEGER CHECK ((file_bytes IS NULL) = (status <> 'SUCCESS')),
    -- Until when its file is kept.
    expires_at     INTEGER CHECK ((expires_at IS NULL) = (status <> 'SUCCESS')),
    error_code     TEXT CHECK ((error_code IS NULL) = (status <> 'FAIL')),
    fail_reason    TEXT CHECK ((fail_reason IS NULL) = (status <> 'FAIL'))
) STRICT, WITHOUT ROWID;

-- The list of a project.
CREATE INDEX export_tasks_by_time ON export_tasks (project_id, created_at, id);

-- The queue.
CREATE INDEX export_tasks_to_run ON export_tasks (available_at, id) WHERE status = 'CREATING';

-- What expires next.
CREATE INDEX export_tasks_to_expire ON export_tasks (expires_at) WHERE status = 'SUCCESS';

-- Whose a file is.
CREATE UNIQUE INDEX export_tasks_by_file ON export_tasks (file_key);

-- What exports that go on as tasks can be asked for besides.
ALTER TABLE export_audits ADD COLUMN filter_enterprise_project_id TEXT;
ALTER TABLE export_audits ADD COLUMN filter_public_ip TEXT;
ALTER TABLE export_audits ADD COLUMN filter_min_network_rtt TEXT;
ALTER TABLE export_audits ADD COLUMN filter_max_network_rtt TEXT;
ALTER TABLE export_audits ADD COLUMN filter_min_e2e_rtt TEXT;
ALTER TABLE export_audits ADD COLUMN filter_max_e2e_rtt TEXT;
ALTER TABLE export_audits ADD COLUMN filter_domain TEXT;
