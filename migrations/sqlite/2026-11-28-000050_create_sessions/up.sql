-- The sessions of people who signed in. One row is one session; what it may do is sealed: the service opens it with a key from its
-- settings. The seal also covers the hash, the identifier, the user and the times, so a row that was changed or moved by hand opens
-- no door, and the database alone opens none.
CREATE TABLE sessions (
    -- The SHA-256 of what the browser holds in its cookie.
    session_hash BLOB NOT NULL PRIMARY KEY,
    -- By which people and the log name it. It opens nothing.
    session_id   TEXT NOT NULL UNIQUE,
    -- The person, by a hash of what the way of their sign-in knows them by.
    owner        TEXT NOT NULL,
    user_name    TEXT NOT NULL,
    -- How they signed in: token, iam or oidc.
    way          TEXT NOT NULL,
    sealed       BLOB NOT NULL,
    -- From where, and with which browser.
    address      TEXT,
    user_agent   TEXT,
    created_at   INTEGER NOT NULL, -- microseconds, like all times here
    -- Written once a minute at most.
    last_used_at INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL
) STRICT;

-- How many a person has.
CREATE INDEX sessions_by_owner ON sessions (owner, created_at);

-- What is over.
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- The projects that a session may choose between.
CREATE TABLE session_projects (
    project_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    PRIMARY KEY (project_id, session_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX session_projects_by_session ON session_projects (session_id);

-- Sign-ins by a provider that came back, so that none comes back twice. Kept as long as one may take.
CREATE TABLE spent_sign_ins (
    state_hash BLOB NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
