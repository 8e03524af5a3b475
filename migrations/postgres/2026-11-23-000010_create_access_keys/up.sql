-- One row is one access key, with which requests are signed. What they are signed with, its secret, is sealed: the service
-- opens it with a key from its settings. The seal also covers the user, the project and the roles, so a row that was
-- changed by hand opens no door.
CREATE TABLE access_keys (
    access_key_id text COLLATE "C" PRIMARY KEY,
    -- Gone when the key is revoked.
    sealed_secret bytea,
    user_name     text COLLATE "C" NOT NULL,
    project_id    text COLLATE "C" NOT NULL,
    -- The names of the roles, in their order, with a line feed between them.
    roles         text COLLATE "C" NOT NULL,
    created_at    timestamptz NOT NULL,
    revoked_at    timestamptz,
    CHECK ((sealed_secret IS NULL) = (revoked_at IS NOT NULL))
);
