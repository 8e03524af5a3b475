-- Identities are kept for some months after a connection was first heard of, not for as long as its record: those are the months in
-- which a start may still be corrected. There are two generations. New ones go into connection_identities. When the generation
-- before is old enough it is emptied, and the two tables change their names. So no identity is deleted by itself, and what is
-- written at random positions stays small, whatever the number of records.

-- Retention looks for what is expired in the records themselves.
DROP INDEX connection_identities_by_time;

CREATE TABLE earlier_identities (LIKE connection_identities INCLUDING ALL);

-- Since when there are identities in connection_identities.
CREATE TABLE identity_generation (began timestamptz NOT NULL);
INSERT INTO identity_generation VALUES (now());

-- Each role may do with the one what it may do with the other: they change their names.
DO $$
DECLARE
    entry record;
BEGIN
    FOR entry IN
        SELECT privilege_type AS privilege,
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role
        FROM pg_class, aclexplode(relacl)
        WHERE pg_class.oid = 'connection_identities'::regclass AND grantee <> relowner
    LOOP
        EXECUTE format('GRANT %s ON earlier_identities TO %s', entry.privilege, entry.role);
    END LOOP;
END
$$;

-- A record whose connection has no identity any more is found by its transaction. `deskledger migrate` has made the indexes of the
-- partitions before this, one by one, while others read and write; here they become one. What is missing is made now.
CREATE INDEX connection_records_by_transaction ON connection_records (project_id, transaction_id);
