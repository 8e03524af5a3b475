-- What the store asks of the extension citus, for a server that does not have it: one shard, which is a view, at the same server.
CREATE TABLE pg_dist_partition (logicalrelid regclass);
CREATE TABLE pg_dist_placement (placementid bigint, shardid bigint, shardstate integer, groupid integer);
CREATE TABLE pg_dist_node (groupid integer, nodename text, nodeport integer, noderole text);
INSERT INTO pg_dist_placement VALUES (11, 1, 1, 7);
INSERT INTO pg_dist_node VALUES (7, host(inet_server_addr()), inet_server_port(), 'primary');

CREATE FUNCTION get_shard_id_for_distribution_column(regclass, text) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';

CREATE FUNCTION create_distributed_table(name text, by_column text, colocate_with text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pg_dist_partition VALUES (name::regclass);
    IF name = 'connection_records' THEN
        CREATE VIEW connection_records_1 AS SELECT * FROM connection_records;
    END IF;
END $$;

CREATE FUNCTION truncate_local_data_after_distributing_table(name text) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION citus_total_relation_size(part regclass) RETURNS bigint LANGUAGE sql AS 'SELECT pg_total_relation_size(part)';

INSERT INTO pg_catalog.pg_extension
    SELECT 1, 'citus', extowner, extnamespace, false, 'none', NULL, NULL FROM pg_extension WHERE extname = 'plpgsql';
