-- One row is one connection of one user to one desktop. The columns bear the vendor's names of the fields.
--
-- Texts are compared by their bytes (SQLite's own BINARY), as in PostgreSQL and in Rust. Times are microseconds since
-- 1970-01-01 UTC, which order and index as numbers do. STRICT, so that no column holds what it is not for.
--
-- It has a rowid: rows lie in the order in which they came, which is nearly that of time, in which they are read.
-- WITHOUT ROWID they would lie by transaction, which is random, and every index would repeat the primary key.
CREATE TABLE connection_records (
    -- The tenant. It leads every key and index, so that tenants can be sharded.
    project_id                TEXT NOT NULL,
    transaction_id            TEXT NOT NULL,
    sid                       TEXT,
    computer_name             TEXT,
    user_name                 TEXT,
    terminal_mac              TEXT,
    terminal_name             TEXT,
    terminal_ip               TEXT,
    client_version            TEXT,
    terminal_type             TEXT,
    agent_version             TEXT,
    desktop_ip                TEXT,
    connection_start_time     INTEGER NOT NULL, -- microseconds
    connection_setup_time     INTEGER, -- microseconds
    connection_end_time       INTEGER, -- microseconds
    is_reconnect              INTEGER CHECK (is_reconnect IN (0, 1)),
    connection_failure_reason TEXT,
    network_rtt               INTEGER, -- milliseconds
    e2e_rtt                   INTEGER, -- milliseconds
    source_ip                 TEXT,
    public_ip                 TEXT,
    enterprise_project_id     TEXT,
    desktop_id                TEXT,
    -- What filters look for: the names without case (a terminal's type without surrounding blanks), made by the
    -- service, since databases disagree on what lower case is. Very long ones are a beginning and a hash.
    user_name_key             TEXT,
    computer_name_key         TEXT,
    terminal_type_key         TEXT,
    PRIMARY KEY (project_id, transaction_id)
) STRICT;

-- Every export is in this order, newest first. Each index holds the filter and then the order, so that the first row is
-- found at once and none is sorted.
CREATE INDEX connection_records_by_time
    ON connection_records (project_id, connection_start_time DESC, transaction_id DESC);

CREATE INDEX connection_records_by_user
    ON connection_records (project_id, user_name_key, connection_start_time DESC, transaction_id DESC);

CREATE INDEX connection_records_by_computer
    ON connection_records (project_id, computer_name_key, connection_start_time DESC, transaction_id DESC);

-- There is none for the type of the terminal: a project has a handful of types, so the index by time is as good.
