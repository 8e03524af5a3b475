//! What a session needs of its settings, whatever the role, the database or the server says by default; and what it needs of
//! the server, which no setting gives.

use std::borrow::Cow;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};

/// The oldest server on which the migrations run: partitions are vacuumed by a setting that came with it.
const OLDEST: i32 = 130_000;

/// The settings on which a statement of ours depends. Diesel sets the time zone and the encoding of the client.
///
/// Texts are read as the standard says. Times are written in the one style that everybody can read. A condition on NULL
/// is NULL. An error of a statement is no end of the session. Transactions see what was committed, and wait for nobody to
/// begin. Policies of rows make an error, where they would leave rows out in silence. What is acknowledged outlasts a loss
/// of power. Plans take the values into account, and may use every index.
///
/// Tables are looked for where the role looks for them, or in `public` where it looks nowhere; functions and types are
/// those of the server before any other.
const PINNED: &str = "\
    SET standard_conforming_strings = on; \
    SET escape_string_warning = off; \
    SET transform_null_equals = off; \
    SET array_nulls = on; \
    SET quote_all_identifiers = off; \
    SET DateStyle = 'ISO, YMD'; \
    SET IntervalStyle = 'postgres'; \
    SET bytea_output = 'hex'; \
    SET exit_on_error = off; \
    SET client_min_messages = 'warning'; \
    SET default_transaction_isolation = 'read committed'; \
    SET default_transaction_deferrable = off; \
    SET row_security = off; \
    SET plan_cache_mode = 'auto'; \
    SET enable_indexscan = on; \
    SET enable_indexonlyscan = on; \
    SET enable_partition_pruning = on; \
    SELECT pg_catalog.set_config('synchronous_commit', 'on', false) \
        WHERE pg_catalog.current_setting('synchronous_commit') = 'off'; \
    SELECT pg_catalog.set_config('search_path', coalesce((\
        SELECT pg_catalog.string_agg(pg_catalog.quote_ident(name), ', ' ORDER BY number) \
        FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS schema (name, number) \
        WHERE pg_catalog.left(name, 3) <> 'pg_'), 'public'), false)";

/// Asks for messages in English, by which some errors are recognized. It takes a right that few roles have.
const ENGLISH: &str = "DO $$ BEGIN PERFORM pg_catalog.set_config('lc_messages', 'C', false); \
    EXCEPTION WHEN insufficient_privilege THEN NULL; END $$";

/// What a session is, and what its server is.
const LOOK: &str = "SELECT pg_catalog.pg_backend_pid() AS pid, \
    (SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'statement_timeout') AS statement_timeout, \
    pg_catalog.current_setting('server_version_num')::integer AS version, \
    pg_catalog.getdatabaseencoding()::text AS encoding, \
    EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'citus') AS is_sharded, \
    pg_catalog.current_setting('lc_messages', true) AS messages";

/// What a new session finds.
#[derive(Debug, QueryableByName)]
pub(super) struct Found {
    #[diesel(sql_type = Integer)]
    pub(super) pid: i32,
    /// In milliseconds; zero where there is no limit.
    #[diesel(sql_type = BigInt)]
    statement_timeout: i64,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Text)]
    encoding: String,
    /// Whether the database has the extension citus, with which the records of a project lie in a shard.
    #[diesel(sql_type = Bool)]
    pub(super) is_sharded: bool,
    #[diesel(sql_type = Nullable<Text>)]
    messages: Option<String>,
}

/// Makes a new session independent of the defaults of its role, its database and its server.
pub(super) fn pin(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(PINNED)
}

/// Lets a session write where the database asks that nothing be written, if that is what the settings want: a brake of the
/// operator, or of a managed server whose disk fills up.
pub(super) fn override_read_only(connection: &mut PgConnection, wanted: bool) -> QueryResult<()> {
    if wanted {
        connection.batch_execute("SET default_transaction_read_only = off")?;
    }
    Ok(())
}

/// Whether a transaction may write: the server is no standby, and no brake is on that is obeyed.
pub(super) fn may_write(
    connection: &mut PgConnection,
    override_read_only: bool,
) -> QueryResult<bool> {
    let may_write = if override_read_only {
        "NOT pg_catalog.pg_is_in_recovery()"
    } else {
        "NOT pg_catalog.pg_is_in_recovery() \
            AND pg_catalog.current_setting('default_transaction_read_only') = 'off'"
    };
    diesel::select(diesel::dsl::sql::<Bool>(may_write)).get_result(connection)
}

/// Looks at a session that is set up.
pub(super) fn look(connection: &mut PgConnection) -> QueryResult<Found> {
    let found: Found = diesel::sql_query(LOOK).get_result(connection)?;
    let in_english = |locale: &str| matches!(locale, "C" | "POSIX") || locale.starts_with("en");
    if !found.messages.as_deref().is_some_and(in_english) {
        connection.batch_execute(ENGLISH)?;
    }
    Ok(found)
}

impl Found {
    /// How long the server lets a statement take.
    pub(super) fn statement_timeout(&self) -> Option<Duration> {
        let millis = self.statement_timeout;
        (millis > 0).then(|| Duration::from_millis(millis.unsigned_abs()))
    }

    /// Why the database cannot be used, where that is so.
    pub(super) fn unsuitable(&self) -> Option<Cow<'static, str>> {
        if self.version < OLDEST {
            let version = self.version / 10_000;
            return Some(
                format!("the server must be PostgreSQL 13 or newer, and is {version}").into(),
            );
        }
        if self.encoding != "UTF8" {
            let encoding = &self.encoding;
            return Some(
                format!(
                    "the database must be encoded in UTF-8, and is encoded in {encoding}: create another one with ENCODING 'UTF8'"
                )
                .into(),
            );
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Found {
        Found {
            pid: 1,
            statement_timeout: 0,
            version: 150_004,
            encoding: "UTF8".to_owned(),
            is_sharded: false,
            messages: Some("C".to_owned()),
        }
    }

    #[test]
    fn a_database_is_refused_for_its_version_or_its_encoding() {
        assert_eq!(found().unsuitable(), None);
        let old = Found {
            version: 120_019,
            ..found()
        };
        let latin = Found {
            encoding: "LATIN1".to_owned(),
            ..found()
        };
        for (found, words) in [(old, "is 12"), (latin, "LATIN1")] {
            let reason = found.unsuitable().unwrap();
            assert!(reason.contains(words), "{reason}");
        }
    }

    #[test]
    fn no_limit_of_the_server_is_none() {
        assert_eq!(found().statement_timeout(), None);
        let limited = Found {
            statement_timeout: 1500,
            ..found()
        };
        let expected = Some(Duration::from_millis(1500));
        assert_eq!(limited.statement_timeout(), expected);
    }
}
