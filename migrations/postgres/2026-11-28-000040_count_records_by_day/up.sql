-- How many records each project has, by the day of UTC on which they started. The transaction that writes records keeps the
-- numbers, so that every snapshot holds those of its own records.
--
-- The number of a day is the sum of its slots. Each connection adds to a slot of its own, so that two writers of one day do
-- not wait for each other's commit. A slot alone may be negative: what one connection added, another one may have deleted.
CREATE TABLE record_counts (
    project_id text COLLATE "C" NOT NULL,
    -- Days since 1970-01-01 of UTC.
    day        integer NOT NULL,
    slot       smallint NOT NULL,
    records    bigint NOT NULL,
    PRIMARY KEY (project_id, day, slot)
)
-- Its rows are updated over and over: with room beside them, no index changes.
WITH (fillfactor = 50);

-- Nobody writes between the count and its commit.
LOCK TABLE connection_records IN SHARE MODE;

INSERT INTO record_counts
    SELECT project_id, (connection_start_time AT TIME ZONE 'UTC')::date - DATE '1970-01-01', 0, count(*)
    FROM connection_records
    GROUP BY 1, 2;

-- Each role that reads, writes or deletes records needs the same of their numbers.
DO $$
DECLARE
    entry record;
BEGIN
    FOR entry IN
        SELECT privilege_type AS privilege,
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role
        FROM pg_class, aclexplode(relacl)
        WHERE pg_class.oid = 'connection_records'::regclass AND grantee <> relowner
            AND privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    LOOP
        EXECUTE format('GRANT %s ON record_counts TO %s', entry.privilege, entry.role);
    END LOOP;
END
$$;

ANALYZE record_counts;
