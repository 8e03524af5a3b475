//! Which rights a role lacks for what it is about to do, and how many connections it may have.

use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use crate::Use;

/// A table, and what is done with it.
type Needs = &'static [(&'static str, &'static str)];

/// What everything needs: to know the schema.
const SCHEMA: Needs = &[("__diesel_schema_migrations", "SELECT")];

const SERVE: Needs = &[
    ("connection_records", "SELECT"),
    ("record_counts", "SELECT"),
    ("export_audits", "SELECT, INSERT"),
    ("export_audit_ends", "SELECT, INSERT"),
];

const KEYS: Needs = &[("access_keys", "SELECT")];

const CHANGE_KEYS: Needs = &[("access_keys", "SELECT, INSERT, UPDATE")];

const LINKS: Needs = &[("export_links", "SELECT, INSERT, UPDATE, DELETE")];

const TASKS: Needs = &[("export_tasks", "SELECT, INSERT, UPDATE, DELETE")];

const SESSIONS: Needs = &[
    ("sessions", "SELECT, INSERT, UPDATE, DELETE"),
    ("session_projects", "SELECT, INSERT, DELETE"),
    ("spent_sign_ins", "SELECT, INSERT, DELETE"),
];

const EXPORT: Needs = &[
    ("connection_records", "SELECT"),
    ("record_counts", "SELECT"),
];

const CHECK: Needs = &[
    ("connection_records", "SELECT"),
    ("record_counts", "SELECT"),
];

const REPAIR: Needs = &[
    ("connection_records", "SELECT"),
    ("record_counts", "SELECT, INSERT, UPDATE"),
];

const RECORD: Needs = &[
    ("connection_records", "SELECT, INSERT, UPDATE"),
    ("connection_identities", "SELECT, INSERT, UPDATE"),
    ("earlier_identities", "SELECT, INSERT, UPDATE"),
    ("incomplete_records", "SELECT, INSERT, UPDATE, DELETE"),
    ("record_counts", "SELECT, INSERT, UPDATE"),
];

const RETAIN: Needs = &[
    ("connection_records", "SELECT, INSERT, UPDATE, DELETE"),
    ("connection_identities", "SELECT, INSERT, UPDATE"),
    ("earlier_identities", "SELECT, INSERT, UPDATE"),
    ("incomplete_records", "SELECT, INSERT, UPDATE, DELETE"),
    ("record_counts", "SELECT, INSERT, UPDATE, DELETE"),
];

/// What of a list of tables and rights the role does not have.
const LACKING: &str = "SELECT name, needed AS lacking \
    FROM unnest(string_to_array($1, ';'), string_to_array($2, ';')) AS need (name, needed_together), \
        LATERAL pg_catalog.unnest(string_to_array(needed_together, ', ')) AS needed \
    WHERE pg_catalog.to_regclass(name) IS NULL \
        OR NOT pg_catalog.has_table_privilege(pg_catalog.to_regclass(name)::oid, needed)";

/// The tables whose rows a policy may hide from the role.
const HIDDEN: &str = "SELECT name, 'every row' AS lacking \
    FROM pg_catalog.unnest(string_to_array($1, ';')) AS name \
    WHERE pg_catalog.to_regclass(name) IS NOT NULL \
        AND (SELECT relrowsecurity FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass(name)) \
        AND pg_catalog.row_security_active(pg_catalog.to_regclass(name)::oid)";

/// How many connections a role may have: of those that the server keeps for no other, what the role and the database may have.
const CONNECTIONS: &str = "least(\
    pg_catalog.current_setting('max_connections')::integer \
        - pg_catalog.current_setting('superuser_reserved_connections')::integer \
        - coalesce(pg_catalog.current_setting('reserved_connections', true)::integer, 0), \
    (SELECT nullif(rolconnlimit, -1) FROM pg_catalog.pg_roles WHERE rolname = session_user), \
    (SELECT nullif(datconnlimit, -1) FROM pg_catalog.pg_database WHERE datname = current_database()))";

#[derive(QueryableByName)]
struct Lacking {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    lacking: String,
}

/// What the role lacks for a use, each as `INSERT on export_audits`.
pub(super) fn lacking(connection: &mut PgConnection, for_use: Use) -> QueryResult<Vec<String>> {
    let needs: Needs = match for_use {
        Use::Serve => SERVE,
        Use::Keys => KEYS,
        Use::ChangeKeys => CHANGE_KEYS,
        Use::Links => LINKS,
        Use::Tasks => TASKS,
        Use::Sessions => SESSIONS,
        Use::Export => EXPORT,
        Use::Check => CHECK,
        Use::Repair => REPAIR,
        Use::Record => RECORD,
        Use::Retain => RETAIN,
    };
    let needs: Vec<_> = SCHEMA.iter().chain(needs).collect();
    let join = |part: fn(&(&'static str, &'static str)) -> &'static str| {
        let parts: Vec<_> = needs.iter().map(|need| part(need)).collect();
        parts.join(";")
    };
    let (tables, rights) = (join(|(table, _)| table), join(|(_, rights)| rights));
    let mut lacking: Vec<Lacking> = diesel::sql_query(LACKING)
        .bind::<Text, _>(&tables)
        .bind::<Text, _>(&rights)
        .load(connection)?;
    lacking.extend(
        diesel::sql_query(HIDDEN)
            .bind::<Text, _>(&tables)
            .load::<Lacking>(connection)?,
    );
    Ok(lacking
        .into_iter()
        .map(|Lacking { name, lacking }| format!("{lacking} on {name}"))
        .collect())
}

/// How many connections the role may have in all.
pub(super) fn connections(connection: &mut PgConnection) -> QueryResult<u32> {
    let connections: i32 =
        diesel::select(diesel::dsl::sql::<Integer>(CONNECTIONS)).get_result(connection)?;
    Ok(connections.unsigned_abs())
}
