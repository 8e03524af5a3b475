-- Counting by time reads this index alone: what it needs of a record besides is the user. The new one is built first, so that
-- records can be read meanwhile.
CREATE UNIQUE INDEX connection_records_by_time_with_user
    ON connection_records (project_id, connection_start_time DESC, transaction_id DESC) INCLUDE (user_name_key);
DROP INDEX connection_records_by_time;
ALTER INDEX connection_records_by_time_with_user RENAME TO connection_records_by_time;

-- The connections that failed. They are few, and often asked for.
CREATE INDEX connection_records_failed
    ON connection_records (project_id, connection_start_time DESC, transaction_id DESC)
    WHERE connection_setup_time IS NULL AND connection_failure_reason IS NOT NULL;

-- The indexes of the partitions are named after those of the whole table, so that plans can be read.
DO $$
DECLARE
    index record;
BEGIN
    FOR index IN
        SELECT part.oid::regclass AS old, part.relname, replace(whole.relname, 'connection_records', partition.relname) AS new
        FROM pg_index JOIN pg_inherits ON inhrelid = indexrelid
            JOIN pg_class AS part ON part.oid = inhrelid JOIN pg_class AS whole ON whole.oid = inhparent
            JOIN pg_class AS partition ON partition.oid = indrelid
        WHERE whole.oid IN ('connection_records_by_time'::regclass, 'connection_records_failed'::regclass)
    LOOP
        IF index.new <> index.relname THEN
            EXECUTE format('ALTER INDEX %s RENAME TO %I', index.old, index.new);
        END IF;
    END LOOP;
END
$$;

-- One record is found by its identity. A role that might read records may do that too.
DO $$
DECLARE
    entry record;
BEGIN
    FOR entry IN
        SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role
        FROM pg_class, aclexplode(relacl)
        WHERE pg_class.oid = 'connection_records'::regclass AND grantee <> relowner AND privilege_type = 'SELECT'
    LOOP
        EXECUTE format('GRANT SELECT ON connection_identities TO %s', entry.role);
    END LOOP;
END
$$;
