DROP INDEX connection_records_failed;
CREATE UNIQUE INDEX connection_records_by_time_alone
    ON connection_records (project_id, connection_start_time DESC, transaction_id DESC);
DROP INDEX connection_records_by_time;
ALTER INDEX connection_records_by_time_alone RENAME TO connection_records_by_time;

DO $$
DECLARE
    index record;
BEGIN
    FOR index IN
        SELECT part.oid::regclass AS old, part.relname, replace(whole.relname, 'connection_records', partition.relname) AS new
        FROM pg_index JOIN pg_inherits ON inhrelid = indexrelid
            JOIN pg_class AS part ON part.oid = inhrelid JOIN pg_class AS whole ON whole.oid = inhparent
            JOIN pg_class AS partition ON partition.oid = indrelid
        WHERE whole.oid = 'connection_records_by_time'::regclass
    LOOP
        IF index.new <> index.relname THEN
            EXECUTE format('ALTER INDEX %s RENAME TO %I', index.old, index.new);
        END IF;
    END LOOP;
END
$$;
