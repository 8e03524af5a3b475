-- Records are kept in a table for each month of their start, so that old ones can be dropped instead of deleted.
--
-- There are no gaps and there is no default partition, but an open one at each end: connection_records_earlier and
-- connection_records_later. So every record has its place, whether the service has made its month yet or not; and
-- partitions follow one another in time, so that an export reads them one after the other and sorts nothing.
--
-- What is there now becomes the first partition as it lies. Its primary key goes: that a transaction is there once is what
-- connection_identities says. Its index by time is made again, since it is unique now.
ALTER TABLE connection_records RENAME TO connection_records_earlier;
ALTER TABLE connection_records_earlier DROP CONSTRAINT connection_records_pkey;
DROP INDEX connection_records_by_time;
CREATE UNIQUE INDEX connection_records_earlier_by_time
    ON connection_records_earlier (project_id, connection_start_time DESC, transaction_id DESC);
ALTER INDEX connection_records_by_user RENAME TO connection_records_earlier_by_user;
ALTER INDEX connection_records_by_computer RENAME TO connection_records_earlier_by_computer;
ALTER INDEX connection_records_long RENAME TO connection_records_earlier_long;

CREATE TABLE connection_records (LIKE connection_records_earlier) PARTITION BY RANGE (connection_start_time);

-- The months begin with this one, or after it where it has records. What bears a later time, by a clock that is wrong,
-- moves to the last partition.
DO $$
DECLARE
    this_month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    first_month timestamptz := this_month AT TIME ZONE 'UTC';
    newest timestamptz := (SELECT max(connection_start_time) FROM connection_identities);
BEGIN
    IF newest >= first_month THEN
        first_month := (this_month + interval '1 month') AT TIME ZONE 'UTC';
    END IF;
    EXECUTE format('CREATE TABLE connection_records_later PARTITION OF connection_records FOR VALUES FROM (%L) TO (MAXVALUE)', first_month);
    IF newest >= first_month THEN
        WITH later AS (
            DELETE FROM connection_records_earlier WHERE connection_start_time >= first_month RETURNING *
        )
        INSERT INTO connection_records SELECT * FROM later;
    END IF;
    EXECUTE format('ALTER TABLE connection_records ATTACH PARTITION connection_records_earlier FOR VALUES FROM (MINVALUE) TO (%L)', first_month);
END
$$;

-- The indexes of migrations before. A partition that has one already keeps it.
CREATE UNIQUE INDEX connection_records_by_time
    ON connection_records (project_id, connection_start_time DESC, transaction_id DESC);
CREATE INDEX connection_records_by_user
    ON connection_records (project_id, user_name_key, connection_start_time DESC, transaction_id DESC);
CREATE INDEX connection_records_by_computer
    ON connection_records (project_id, computer_name_key, connection_start_time DESC, transaction_id DESC);
CREATE INDEX connection_records_long
    ON connection_records (project_id, connection_setup_time, connection_end_time, user_name_key)
    WHERE connection_setup_time IS NOT NULL
        AND (connection_end_time IS NULL
            OR connection_setup_time < connection_start_time
            OR connection_setup_time - connection_start_time > interval '24 hours'
            OR connection_end_time - connection_start_time > interval '24 hours');

-- Whoever might use the table may use what stands for it. Whoever wrote records needs what is written with them.
DO $$
DECLARE
    entry record;
BEGIN
    FOR entry IN
        SELECT privilege_type AS privilege,
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role
        FROM pg_class, aclexplode(relacl)
        WHERE pg_class.oid = 'connection_records_earlier'::regclass AND grantee <> relowner
    LOOP
        EXECUTE format('GRANT %s ON connection_records TO %s', entry.privilege, entry.role);
        IF entry.privilege = 'INSERT' THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE ON connection_identities TO %s', entry.role);
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON incomplete_records TO %s', entry.role);
        END IF;
    END LOOP;
END
$$;

-- Lists count in an index alone where rows are known to be visible to all, which VACUUM notes.
ALTER TABLE connection_records_earlier SET (autovacuum_vacuum_insert_scale_factor = 0.01);
ALTER TABLE connection_records_later SET (autovacuum_vacuum_insert_scale_factor = 0.01);

-- Without this, no plan knows how many records there are: partitioned tables are not analysed by themselves.
ANALYZE connection_records;
