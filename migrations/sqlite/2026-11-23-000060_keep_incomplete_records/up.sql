-- What is known of connections whose start is not: an event of their setup or end came first. Nothing is exported from
-- here; when the start comes, the row becomes a record. The columns are those of connection_records, so that one statement
-- fits both.
CREATE TABLE incomplete_records (
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
    connection_start_time     INTEGER CHECK (connection_start_time IS NULL),
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
    user_name_key             TEXT,
    computer_name_key         TEXT,
    terminal_type_key         TEXT,
    -- When the last event came.
    received_at               INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000000), -- microseconds
    PRIMARY KEY (project_id, transaction_id)
) STRICT;
