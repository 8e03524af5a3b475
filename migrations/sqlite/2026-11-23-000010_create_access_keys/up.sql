-- One row is one access key, with which requests are signed. What they are signed with, its secret, is sealed: the service
-- opens it with a key from its settings. The seal also covers the user, the project and the roles, so a row that was
-- changed by hand opens no door.
CREATE TABLE access_keys (
    access_key_id TEXT NOT NULL PRIMARY KEY,
    -- Gone when the key is revoked.
    sealed_secret BLOB,
    user_name     TEXT NOT NULL,
    project_id    TEXT NOT NULL,
    -- The names of the roles, in their order, with a line feed between them.
    roles         TEXT NOT NULL,
    created_at    INTEGER NOT NULL, -- microseconds
    revoked_at    INTEGER, -- microseconds
    CHECK ((sealed_secret IS NULL) = (revoked_at IS NOT NULL))
) STRICT;
