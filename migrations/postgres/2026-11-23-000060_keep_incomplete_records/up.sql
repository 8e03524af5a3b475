-- One row for each connection of which anything is known: its identity, and its start as soon as that is known.
--
-- Whoever writes locks these rows first, in the order of the primary key. So two who write events of one connection do so
-- one after the other, wherever its record is, and never wait for each other in a circle.
CREATE TABLE connection_identities (
    project_id            text COLLATE "C" NOT NULL,
    transaction_id        text COLLATE "C" NOT NULL,
    connection_start_time timestamptz
);

INSERT INTO connection_identities
    SELECT project_id, transaction_id, connection_start_time FROM connection_records;

ALTER TABLE connection_identities ADD PRIMARY KEY (project_id, transaction_id);

-- What is older than is to be kept is found by it.
CREATE INDEX connection_identities_by_time ON connection_identities (connection_start_time);

-- What is known of connections whose start is not: an event of their setup or end came first. Nothing is exported from
-- here; when the start comes, the row becomes a record. The columns are those of connection_records, so that one statement
-- fits both.
CREATE TABLE incomplete_records (
    LIKE connection_records,
    -- When the last event came.
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, transaction_id)
);
ALTER TABLE incomplete_records
    ALTER connection_start_time DROP NOT NULL,
    ADD CHECK (connection_start_time IS NULL);
