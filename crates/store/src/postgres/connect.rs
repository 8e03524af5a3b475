//! Connections to PostgreSQL, set up when they are made.

mod refused_url;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection;
use diesel::sql_types::{Integer, Text};

use self::refused_url::refuses_url;
use super::watchdog::{ConnectTurn, Patience, Steps, Watched};
use super::{Layout, session, sharded};
use crate::pool::Connect;
use crate::{StoreError, StoreErrorKind, StoreSettings, url};

/// A connection, and what it takes to cancel its statement from another one.
pub(super) struct Session {
    pub(super) connection: PgConnection,
    pub(super) pid: i32,
    /// How long the server lets a statement take.
    pub(super) statement_timeout: Option<Duration>,
    /// Whether the records of a project lie in a shard, maybe at another server.
    pub(super) is_sharded: bool,
    /// Why the database cannot be used. Such a session is never handed out.
    unsuitable: Option<Cow<'static, str>>,
    pub(super) watched: Arc<Watched>,
    /// How long it may wait while it is borrowed.
    pub(super) patience: Patience,
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Reads only, and answers at once rather than soonest done.
    Export {
        statement_timeout: Option<Duration>,
    },
    Write {
        statement_timeout: Option<Duration>,
    },
    /// Checks, and lists what is short.
    Check,
    /// Migrates, deletes what is too old, or cancels.
    Service,
}

/// Makes connections for one purpose.
#[derive(Clone)]
pub(super) struct Connector {
    url: Arc<str>,
    /// How long a connection may take to be made, and one that lay idle to answer.
    limit: Duration,
    /// How long the server may be silent before it is asked what it does.
    silence: Duration,
    application_name: String,
    purpose: Purpose,
    refuses_shards: bool,
}

/// The most that a connection which lay idle has for its answer. Another one is soon made.
const PING: Duration = Duration::from_secs(2);

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

/// A connection has at least so long for what it does.
const SHORTEST: Duration = Duration::from_secs(1);

impl Connector {
    pub(super) fn new(settings: &StoreSettings, purpose: Purpose) -> Self {
        Self {
            url: url_with_defaults(&settings.url, settings.connection_timeout).into(),
            limit: settings.connection_timeout.max(SHORTEST),
            silence: settings.silence,
            application_name: settings.application_name.clone(),
            purpose,
            refuses_shards: false,
        }
    }

    /// The same, for a server that is of no use where records lie in shards.
    pub(super) fn refusing_shards(self) -> Self {
        Self {
            refuses_shards: true,
            ..self
        }
    }

    fn set_up(&self, mut connection: PgConnection, watched: Arc<Watched>) -> QueryResult<Session> {
        connection.set_instrumentation(Steps(Arc::clone(&watched)));
        diesel::select(set_config(
            "application_name",
            &self.application_name,
            false,
        ))
        .execute(&mut connection)?;
        session::pin(&mut connection)?;
        if let Purpose::Export { .. } = self.purpose {
            connection.batch_execute(STREAMING)?;
            // Servers before 14, and some systems, do not know it; exports are then only noticed to be alone when they send.
            if let Err(error) = connection.batch_execute(LOOK_FOR_CLIENT) {
                tracing::debug!(%error, "the server does not look for clients that left");
            }
        }
        if let Purpose::Export { statement_timeout } | Purpose::Write { statement_timeout } =
            self.purpose
            && let Some(timeout) = statement_timeout
        {
            // Zero would mean no limit.
            let millis = timeout.as_millis().clamp(1, 2_147_483_647);
            connection.batch_execute(&format!("SET statement_timeout = {millis}"))?;
        }
        let found = session::look(&mut connection)?;
        if found.is_sharded {
            sharded::set_up(&mut connection)?;
        }
        let statement_timeout = found.statement_timeout();
        watched.set_pid(found.pid);
        let patience = match self.purpose {
            Purpose::Export { .. } | Purpose::Write { .. } => {
                Patience::with_statements(self.silence, statement_timeout)
            }
            Purpose::Check => Patience::Short(self.limit),
            Purpose::Service => Patience::with_statements(self.silence, None),
        };
        Ok(Session {
            connection,
            pid: found.pid,
            statement_timeout,
            is_sharded: found.is_sharded,
            unsuitable: found.unsuitable().or_else(|| {
                (found.is_sharded && self.refuses_shards).then_some(Cow::Borrowed(
                    "records lie in shards, which are not read from a replica",
                ))
            }),
            watched,
            patience,
        })
    }

    /// How long a connection may take to be made: libpq's own time-out, for each host, and what it does not watch over,
    /// the first statements.
    fn limit_to_connect(&self) -> Duration {
        let own = url::parameters(&self.url)
            .filter(|(name, _)| *name == "connect_timeout")
            .filter_map(|(_, seconds)| seconds.parse().ok())
            .filter(|seconds| *seconds > 0)
            .map(Duration::from_secs)
            .last()
            .unwrap_or(self.limit);
        let hosts = 1 + self.url.matches(',').count();
        own.saturating_mul(u32::try_from(hosts).unwrap_or(u32::MAX))
            .saturating_add(Duration::from_secs(1))
    }
}

impl Connect for Connector {
    type Connection = Session;

    fn connect(&self) -> Result<Session, StoreError> {
        let unavailable = |message: String| {
            StoreError::new(StoreErrorKind::Unavailable, ACTION)
                .because(without_secrets(message, &self.url))
        };
        let user_timeout = url::parameters(&self.url)
            .filter(|(name, _)| *name == "tcp_user_timeout")
            .map(|(_, millis)| millis)
            .last();
        let watched = Watched::begin(&self.url, user_timeout)
            .map_err(|error| unavailable(error.to_string()))?;
        let url = url_with_mark(&self.url, watched.mark());
        let turn = ConnectTurn::wait(&self.url, self.limit)
            .map_err(|reason| unavailable(reason.to_owned()))?;
        let mut session = watched.during(Patience::Short(self.limit_to_connect()), || {
            let connection = turn.establish(&url, &watched).map_err(|error| {
                let message = error.to_string();
                if refuses_url(&message) {
                    return StoreError::new(StoreErrorKind::InvalidUrl, ACTION)
                        .because(without_secrets(message, &self.url));
                }
                unavailable(message)
            })?;
            self.set_up(connection, Arc::clone(&watched))
                .map_err(|error| unavailable(error.to_string()))
        })?;
        if watched.is_cut() {
            return Err(unavailable("the connection took too long".to_owned()));
        }
        match session.unsuitable.take() {
            Some(reason) => Err(StoreError::unsuitable(ACTION, reason)),
            None => Ok(session),
        }
    }

    fn answers(session: &mut Session) -> bool {
        let Session {
            connection,
            watched,
            ..
        } = session;
        watched.during(Patience::Short(PING), || connection.ping().is_ok()) && !watched.is_cut()
    }

    fn watched<T>(session: &mut Session, work: impl FnOnce(&mut Session) -> T) -> T {
        session.watched(work)
    }

    fn is_cut(session: &Session) -> bool {
        session.watched.is_cut()
    }

    fn is_broken(session: &mut Session) -> bool {
        session.watched.is_cut() || session.connection.is_broken()
    }
}

impl Session {
    pub(super) fn layout(&self) -> Layout {
        if self.is_sharded {
            Layout::Sharded
        } else {
            Layout::Whole
        }
    }

    /// Does `work`, in which the connection waits for the server no longer than its patience.
    pub(super) fn watched<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let watched = Arc::clone(&self.watched);
        watched.during(self.patience, || work(self))
    }

    /// Cancels what another connection is doing.
    pub(super) fn cancel(&mut self, pid: i32) -> QueryResult<()> {
        let Self {
            connection,
            watched,
            ..
        } = self;
        watched.during(Patience::Short(PING), || {
            diesel::select(pg_cancel_backend(pid))
                .execute(connection)
                .map(|_| ())
        })
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
        // A server that vanished while its connection lies idle is noticed by the system within minutes, not hours.
        ("keepalives_idle", "30".to_owned()),
        ("keepalives_interval", "10".to_owned()),
        ("keepalives_count", "3".to_owned()),
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

/// Of a parameter that is given twice, libpq takes the last. The URL has parameters.
fn url_with_mark(url: &str, mark: u32) -> String {
    format!("{url}&tcp_user_timeout={mark}")
}

/// The URL of a connection over which a silent server is asked what it does.
pub(super) fn url_for_question(url: &str, mark: u32, limit: Duration) -> String {
    format!(
        "{}&connect_timeout={}",
        url_with_mark(url, mark),
        limit.as_secs().max(2)
    )
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
pub(super) fn without_secrets(message: String, url: &str) -> String {
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
            "postgres://h/d?connect_timeout=2&keepalives_idle=30&keepalives_interval=10&keepalives_count=3"
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
