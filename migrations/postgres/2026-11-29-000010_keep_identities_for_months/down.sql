INSERT INTO connection_identities SELECT * FROM earlier_identities;

-- The others are those of the records. Of a connection that has several, the newest counts.
INSERT INTO connection_identities (project_id, transaction_id, connection_start_time)
    SELECT project_id, transaction_id, max(connection_start_time) FROM connection_records GROUP BY 1, 2
    ON CONFLICT (project_id, transaction_id) DO NOTHING;

-- What is gone with its month had its identity deleted.
DELETE FROM connection_identities AS identity
    WHERE NOT EXISTS (SELECT FROM connection_records AS record
            WHERE record.project_id = identity.project_id AND record.transaction_id = identity.transaction_id)
        AND NOT EXISTS (SELECT FROM incomplete_records AS record
            WHERE record.project_id = identity.project_id AND record.transaction_id = identity.transaction_id);

DROP TABLE earlier_identities;
DROP TABLE identity_generation;
DROP INDEX connection_records_by_transaction;
CREATE INDEX connection_identities_by_time ON connection_identities (connection_start_time);
