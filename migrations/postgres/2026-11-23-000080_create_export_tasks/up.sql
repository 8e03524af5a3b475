-- Exports that go on as tasks, for as long as somebody may ask for them. One row is one task; the processes that share the
-- database share the queue, which is the rows with the status CREATING.
CREATE TABLE export_tasks (
    id             text COLLATE "C" PRIMARY KEY,
    project_id     text COLLATE "C" NOT NULL,
    -- The name of the file for people.
    file_name      text COLLATE "C" NOT NULL,
    -- Who asked for what, as JSON with a version: the database does not look into it.
    request        text NOT NULL,
    status         text COLLATE "C" NOT NULL CHECK (status IN ('CREATING', 'SUCCESS', 'FAIL', 'EXPIRED')),
    is_downloaded  boolean NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL,
    ended_at       timestamptz CHECK ((ended_at IS NULL) = (status = 'CREATING')),
    -- From when on a process may take the task. Whoever runs it puts this off again and again while it lives.
    available_at   timestamptz NOT NULL,
    -- How often it was begun, but for those times that it found no place to run.
    attempts       integer NOT NULL DEFAULT 0,
    -- Raised each time that a process takes the task, and known to that process alone: who has an older one changes nothing.
    fence          bigint NOT NULL DEFAULT 0,
    -- Its file in the storage, named when a process takes the task; the size when it is whole.
    file_key       text COLLATE "C",
    file_bytes     bigint CHECK ((file_bytes IS NULL) = (status <> 'SUCCESS')),
    -- Until when its file is kept.
    expires_at     timestamptz CHECK ((expires_at IS NULL) = (status <> 'SUCCESS')),
    error_code     text COLLATE "C" CHECK ((error_code IS NULL) = (status <> 'FAIL')),
    fail_reason    text COLLATE "C" CHECK ((fail_reason IS NULL) = (status <> 'FAIL'))
);

-- The list of a project.
CREATE INDEX export_tasks_by_time ON export_tasks (project_id, created_at, id);

-- The queue.
CREATE INDEX export_tasks_to_run ON export_tasks (available_at, id) WHERE status = 'CREATING';

-- What expires next.
CREATE INDEX export_tasks_to_expire ON export_tasks (expires_at) WHERE status = 'SUCCESS';

-- Whose a file is.
CREATE UNIQUE INDEX export_tasks_by_file ON export_tasks (file_key);

-- What exports that go on as tasks can be asked for besides.
ALTER TABLE export_audits ADD COLUMN filter_enterprise_project_id text COLLATE "C";
ALTER TABLE export_audits ADD COLUMN filter_public_ip text COLLATE "C";
ALTER TABLE export_audits ADD COLUMN filter_min_network_rtt text COLLATE "C";
ALTER TABLE export_audits ADD COLUMN filter_max_network_rtt text COLLATE "C";
ALTER TABLE export_audits ADD COLUMN filter_min_e2e_rtt text COLLATE "C";
ALTER TABLE export_audits ADD COLUMN filter_max_e2e_rtt text COLLATE "C";
ALTER TABLE export_audits ADD COLUMN filter_domain text COLLATE "C";
