-- One row is one connection of one user to one desktop. The columns bear the vendor's names of the fields.
--
-- Texts are compared by their bytes (COLLATE "C"): so rows are in the same order as in SQLite and in Rust, whatever
-- the locale of the server is, and comparing is cheap.
CREATE TABLE connection_records (
    -- The tenant. It leads every key and index, so that tenants can be sharded.
    project_id                text COLLATE "C" NOT NULL,
    transaction_id            text COLLATE "C" NOT NULL,
    sid                       text COLLATE "C",
    computer_name             text COLLATE "C",
    user_name                 text COLLATE "C",
    terminal_mac              text COLLATE "C",
    terminal_name             text COLLATE "C",
    terminal_ip               text COLLATE "C",
    client_version            text COLLATE "C",
    terminal_type             text COLLATE "C",
    agent_version             text COLLATE "C",
    desktop_ip                text COLLATE "C",
    connection_start_time     timestamptz NOT NULL,
    connection_setup_time     timestamptz,
    connection_end_time       timestamptz,
    is_reconnect              boolean,
    connection_failure_reason text COLLATE "C",
    network_rtt               integer, -- milliseconds
    e2e_rtt                   integer, -- milliseconds
    source_ip                 text COLLATE "C",
    public_ip                 text COLLATE "C",
    enterprise_project_id     text COLLATE "C",
    desktop_id                text COLLATE "C",
    -- What filters look for: the names without case (a terminal's type without surrounding blanks), made by the
    -- service, since databases disagree on what lower case is. Very long ones are a beginning and a hash.
    user_name_key             text COLLATE "C",
    computer_name_key         text COLLATE "C",
    terminal_type_key         text COLLATE "C",
    PRIMARY KEY (project_id, transaction_id)
);

-- Every export is in this order, newest first. Each index holds the filter and then the order, so that the first row is
-- found at once and none is sorted.
CREATE INDEX connection_records_by_time
    ON connection_records (project_id, connection_start_time DESC, transaction_id DESC);

CREATE INDEX connection_records_by_user
    ON connection_records (project_id, user_name_key, connection_start_time DESC, transaction_id DESC);

CREATE INDEX connection_records_by_computer
    ON connection_records (project_id, computer_name_key, connection_start_time DESC, transaction_id DESC);

-- There is none for the type of the terminal: a project has a handful of types, so the index by time is as good.
