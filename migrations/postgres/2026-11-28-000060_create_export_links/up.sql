-- Links by which somebody without credentials takes one export, for as long as somebody may ask what became of them. The
-- processes that share the database share the links: any of them begins, shows and cancels one.
CREATE TABLE export_links (
    id             text COLLATE "C" PRIMARY KEY,
    project_id     text COLLATE "C" NOT NULL,
    -- Who made it, and by which session, where there was one: that must also follow it.
    user_name      text COLLATE "C" NOT NULL,
    session        text COLLATE "C",
    -- The SHA-256 of the secret in its address. The secret itself is not kept.
    secret_hash    bytea NOT NULL UNIQUE,
    -- Who asked for what, as JSON with a version: the database does not look into it.
    request        text NOT NULL,
    -- The task whose file it leads to, where it does.
    task_id        text COLLATE "C",
    -- What was known of the file when the link was made.
    total_count    bigint,
    total_bytes    bigint,
    -- 'ending' is a download that is whole but for its last bytes, and can be cancelled no more.
    state          text COLLATE "C" NOT NULL
                   CHECK (state IN ('waiting', 'running', 'ending', 'done', 'broken', 'cancelled')),
    created_at     timestamptz NOT NULL,
    begins_before  timestamptz NOT NULL,
    -- Until when the process that sends the file says that it does. It puts this off again and again.
    leased_until   timestamptz CHECK ((leased_until IS NOT NULL) = (state IN ('running', 'ending'))),
    ended_at       timestamptz CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'broken', 'cancelled'))),
    written_rows   bigint NOT NULL DEFAULT 0,
    written_bytes  bigint NOT NULL DEFAULT 0,
    error_code     text COLLATE "C"
);

-- The list of a project, and how many of its links are open.
CREATE INDEX export_links_by_time ON export_links (project_id, created_at, id);

-- What is swept.
CREATE INDEX export_links_by_age ON export_links (created_at);

-- Each role that has rights to export tasks needs the same to links.
DO $$
DECLARE
    entry record;
BEGIN
    FOR entry IN
        SELECT privilege_type AS privilege,
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role
        FROM pg_class, aclexplode(relacl)
        WHERE pg_class.oid = 'export_tasks'::regclass AND grantee <> relowner
            AND privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    LOOP
        EXECUTE format('GRANT %s ON export_links TO %s', entry.privilege, entry.role);
    END LOOP;
END
$$;

-- How far tasks that run have come.
ALTER TABLE export_tasks ADD COLUMN written_rows bigint NOT NULL DEFAULT 0;
ALTER TABLE export_tasks ADD COLUMN written_bytes bigint NOT NULL DEFAULT 0;
ALTER TABLE export_tasks ADD COLUMN total_count bigint;
