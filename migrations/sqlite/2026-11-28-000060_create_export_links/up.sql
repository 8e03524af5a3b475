-- Links by which somebody without credentials takes one export, for as long as somebody may ask what became of them. The
-- processes that share the database share the links: any of them begins, shows and cancels one.
CREATE TABLE export_links (
    id             TEXT NOT NULL PRIMARY KEY,
    project_id     TEXT NOT NULL,
    -- Who made it, and by which session, where there was one: that must also follow it.
    user_name      TEXT NOT NULL,
    session        TEXT,
    -- The SHA-256 of the secret in its address. The secret itself is not kept.
    secret_hash    BLOB NOT NULL UNIQUE,
    -- Who asked for what, as JSON with a version: the database does not look into it.
    request        TEXT NOT NULL,
    -- The task whose file it leads to, where it does.
    task_id        TEXT,
    -- What was known of the file when the link was made.
    total_count    INTEGER,
    total_bytes    INTEGER,
    -- 'ending' is a download that is whole but for its last bytes, and can be cancelled no more.
    state          TEXT NOT NULL
                   CHECK (state IN ('waiting', 'running', 'ending', 'done', 'broken', 'cancelled')),
    created_at     INTEGER NOT NULL, -- microseconds, like all times here
    begins_before  INTEGER NOT NULL,
    -- Until when the process that sends the file says that it does. It puts this off again and again.
    leased_until   INTEGER CHECK ((leased_until IS NOT NULL) = (state IN ('running', 'ending'))),
    ended_at       INTEGER CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'broken', 'cancelled'))),
    written_rows   INTEGER NOT NULL DEFAULT 0,
    written_bytes  INTEGER NOT NULL DEFAULT 0,
    error_code     TEXT
) STRICT, WITHOUT ROWID;

-- The list of a project, and how many of its links are open.
CREATE INDEX export_links_by_time ON export_links (project_id, created_at, id);

-- What is swept.
CREATE INDEX export_links_by_age ON export_links (created_at);

-- How far tasks that run have come.
ALTER TABLE export_tasks ADD COLUMN written_rows INTEGER NOT NULL DEFAULT 0;
ALTER TABLE export_tasks ADD COLUMN written_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE export_tasks ADD COLUMN total_count INTEGER;
