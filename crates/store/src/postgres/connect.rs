//! Connections to PostgreSQL, set up when they are made.

use std::borrow::Cow;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection;
use diesel::sql_types::{Integer, Text};

use super::session;
use crate::pool::Connect;
use crate::{StoreError, StoreErrorKind, StoreSettings, url};

/// A connection, and what it takes to cancel its statement from another one.
pub(super) struct Session {
    pub(super) connection: PgConnection,
    pub(super) pid: i32,
    /// How long the server lets a statement take.
    pub(super) statement_timeout: Option<Duration>,
    /// Why the database cannot be used. Such a session is never handed out.
    unsuitable: Option<Cow<'static, str>>,
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Reads only, and answers at once rather than soonest done.
    Export {
        statement_timeout: Option<Duration>,
    },
    Write,
    /// Migrates, checks, or cancels.
    Service,
}

/// Makes connections for one purpose.
#[derive(Clone)]
pub(super) struct Connector {
    url: String,
    application_name: String,
    purpose: Purpose,
}

/// What makes an export stream.
///
/// PostgreSQL plans for the last row; an export is for the first byte. So there is no sort and nothing that needs one, for
/// an index holds the order of every export; no compiling, which takes longer than a small export; and no
/// second process for one of many exports at once.
const STREAMING: &str = "SET default_transaction_read_only = on; \
    SET enable_sort = off; \
    SET enable_seqscan = off; \
    SET enable_bitmapscan = off; \
    SET max_parallel_workers_per_gather = 0; \
    SET jit = off";

/// While a statement runs, the server looks this often whether its client is still there.
const LOOK_FOR_CLIENT: &str = "SET client_connection_check_interval = '1s'";

const ACTION: &str = "connect to the database";

impl Connector {
    pub(super) fn new(settings: &StoreSettings, purpose: Purpose) -> Self {
        Self {
            url: url_with_defaults(&settings.url, settings.connection_timeout),
            application_name: settings.application_name.clone(),
            purpose,
        }
    }

    fn set_up(&self, mut connection: PgConnection) -> QueryResult<Session> {
        diesel::select(set_config(
            "application_name",
            &self.application_name,
            false,
        ))
        .execute(&mut connection)?;
        session::pin(&mut connection)?;
        if let Purpose::Export { statement_timeout } = self.purpose {
            connection.batch_execute(STREAMING)?;
            if let Some(timeout) = statement_timeout {
                // Zero would mean no limit.
                let millis = timeout.as_millis().clamp(1, 2_147_483_647);
                connection.batch_execute(&format!("SET statement_timeout = {millis}"))?;
            }
            // Servers before 14, and some systems, do not know it; exports are then only noticed to be alone when they send.
            if let Err(error) = connection.batch_execute(LOOK_FOR_CLIENT) {
                tracing::debug!(%error, "the server does not look for clients that left");
            }
        }
        let found = session::look(&mut connection)?;
        Ok(Session {
            connection,
            pid: found.pid,
            statement_timeout: found.statement_timeout(),
            unsuitable: found.unsuitable(),
        })
    }
}

impl Connect for Connector {
    type Connection = Session;

    fn connect(&self) -> Result<Session, StoreError> {
        let unavailable = |message: String| {
            StoreError::new(StoreErrorKind::Unavailable, ACTION)
                .because(without_secrets(message, &self.url))
        };
        let connection =
            PgConnection::establish(&self.url).map_err(|error| unavailable(error.to_string()))?;
        let mut session = self
            .set_up(connection)
            .map_err(|error| unavailable(error.to_string()))?;
        match session.unsuitable.take() {
            Some(reason) => Err(StoreError::unsuitable(ACTION, reason)),
            None => Ok(session),
        }
    }

    fn answers(session: &mut Session) -> bool {
        session.connection.ping().is_ok()
    }

    fn is_broken(session: &mut Session) -> bool {
        session.connection.is_broken()
    }
}

impl Session {
    /// Cancels what another connection is doing.
    pub(super) fn cancel(&mut self, pid: i32) -> QueryResult<()> {
        diesel::select(pg_cancel_backend(pid))
            .execute(&mut self.connection)
            .map(|_| ())
    }
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Sets a run-time parameter, here for the session.
    fn set_config(name: Text, value: Text, is_local: diesel::sql_types::Bool) -> Text;
    /// Cancels the statement that a process of the server runs.
    fn pg_cancel_backend(pid: Integer) -> diesel::sql_types::Bool;
}

/// Adds what the URL leaves open.
fn url_with_defaults(url: &str, timeout: Duration) -> String {
    // A second is the least that libpq knows; zero would mean for ever.
    let seconds = timeout.as_millis().div_ceil(1000).max(1);
    let mut defaults = vec![
        ("connect_timeout", seconds.to_string()),
        // A server that vanished is noticed by the system within minutes, not hours.
        ("keepalives_idle", "30".to_owned()),
        ("keepalives_interval", "10".to_owned()),
        ("keepalives_count", "3".to_owned()),
        ("tcp_user_timeout", "60000".to_owned()),
    ];
    if is_on_loopback(url) {
        // By itself libpq prefers encryption, which on a server that offers it costs a quarter of the speed and, on the
        // same machine, hides nothing from anybody. Where the server insists, it is still encrypted.
        defaults.push(("sslmode", "allow".to_owned()));
    }
    let mut result = url.to_owned();
    let mut separator = if url.contains('?') { '&' } else { '?' };
    for (name, value) in defaults {
        if url::parameters(url).all(|(given, _)| given != name) {
            result.push(separator);
            result.push_str(name);
            result.push('=');
            result.push_str(&value);
            separator = '&';
        }
    }
    result
}

fn is_on_loopback(url: &str) -> bool {
    let authority = url
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?']).next())
        .unwrap_or_default();
    let hosts = authority
        .rsplit_once('@')
        .map_or(authority, |(_, hosts)| hosts);
    let host = match hosts.strip_prefix('[') {
        Some(v6) => v6.split(']').next(),
        None => hosts.split(':').next(),
    };
    matches!(host, Some("localhost" | "127.0.0.1" | "::1"))
        && !hosts.contains(',')
        && url::parameters(url).all(|(name, _)| !matches!(name, "host" | "hostaddr"))
}

/// libpq repeats what it does not understand of a URL.
fn without_secrets(message: String, url: &str) -> String {
    url::secrets(url)
        .iter()
        .fold(message, |message, secret| message.replace(secret, "***"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_url_leaves_open_is_added() {
        let url = url_with_defaults("postgres://h/d", Duration::from_millis(1500));
        assert_eq!(
            url,
            "postgres://h/d?connect_timeout=2&keepalives_idle=30&keepalives_interval=10&keepalives_count=3&tcp_user_timeout=60000"
        );
    }

    #[test]
    fn what_the_url_says_stays() {
        let url = url_with_defaults(
            "postgres://localhost/d?connect_timeout=9&sslmode=require",
            Duration::ZERO,
        );
        assert!(url.starts_with("postgres://localhost/d?connect_timeout=9&sslmode=require&keep"));
        assert_eq!(url.matches("connect_timeout").count(), 1);
        assert_eq!(url.matches("sslmode").count(), 1);
    }

    #[test]
    fn only_the_machine_itself_is_not_encrypted_by_default() {
        for url in [
            "postgres://localhost/d",
            "postgres://u:p@127.0.0.1:5432/d",
            "postgres://[::1]:5432/d",
        ] {
            assert!(is_on_loopback(url), "{url}");
        }
        for url in [
            "postgres://db/d",
            "postgres://localhost,db/d",
            "postgres://localhost/d?host=db",
            "postgres://localhost@db/d",
            "postgres://127.0.0.1.example.com/d",
        ] {
            assert!(!is_on_loopback(url), "{url}");
        }
    }

    #[test]
    fn an_error_repeats_no_password() {
        let url = "postgres://ann:s%3cret@h/d";
        let message = without_secrets("no s%3cret, no s<ret".to_owned(), url);
        assert_eq!(message, "no ***, no ***");
    }
}
