-- The sessions of people who signed in. One row is one session; what it may do is sealed: the service opens it with a key from its
-- settings. The seal also covers the hash, the identifier, the user and the times, so a row that was changed or moved by hand opens
-- no door, and the database alone opens none.
CREATE TABLE sessions (
    -- The SHA-256 of what the browser holds in its cookie.
    session_hash bytea PRIMARY KEY,
    -- By which people and the log name it. It opens nothing.
    session_id   text COLLATE "C" NOT NULL UNIQUE,
    -- The person, by a hash of what the way of their sign-in knows them by.
    owner        text COLLATE "C" NOT NULL,
    user_name    text COLLATE "C" NOT NULL,
    -- How they signed in: token, iam or oidc.
    way          text COLLATE "C" NOT NULL,
    sealed       bytea NOT NULL,
    -- From where, and with which browser.
    address      text COLLATE "C",
    user_agent   text COLLATE "C",
    created_at   timestamptz NOT NULL,
    -- Written once a minute at most.
    last_used_at timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL
);

-- How many a person has.
CREATE INDEX sessions_by_owner ON sessions (owner, created_at);

-- What is over.
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- The projects that a session may choose between.
CREATE TABLE session_projects (
    project_id text COLLATE "C" NOT NULL,
    session_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (project_id, session_id)
);

CREATE INDEX session_projects_by_session ON session_projects (session_id);

-- Sign-ins by a provider that came back, so that none comes back twice. Kept as long as one may take.
CREATE TABLE spent_sign_ins (
    state_hash bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
