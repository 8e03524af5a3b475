//! Audits in PostgreSQL.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use deskledger_domain::{AuditFilter, ExportAudit};
use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::connect::{Connector, Purpose, Session};
use super::reader::timed_out;
use super::session;
use super::watchdog::Patience;
use crate::audit::{self, AuditEvent, AuditLog, AuditPage, AuditPosition, AuditStore};
use crate::connection::Connection;
use crate::pool::{Connect, Pool};
use crate::{PoolStatus, StoreError, StoreErrorKind, StoreSettings};

/// Audits in PostgreSQL.
pub(crate) struct PostgresAudits {
    settings: StoreSettings,
    lists: Pool<Connector>,
    /// The connection of the log that was opened last, as long as there is one.
    log: Mutex<Weak<Pool<LogConnector>>>,
}

impl PostgresAudits {
    pub(crate) fn new(settings: &StoreSettings) -> Self {
        // Each is a page of a list, also where an export of audits reads one after the other.
        let statement_timeout = settings.query_timeout;
        let lists = Connector::new(settings, Purpose::Export { statement_timeout });
        Self {
            settings: settings.clone(),
            lists: Pool::new("audit_lists", lists, 1, settings.connection_timeout),
            log: Mutex::default(),
        }
    }
}

impl AuditStore for PostgresAudits {
    fn log(&self, instance: i64) -> Box<dyn AuditLog> {
        let timeout = self.settings.connection_timeout;
        let connector = LogConnector {
            connector: Connector::new(&self.settings, Purpose::Check),
            timeout,
            instance,
            override_read_only: self.settings.override_read_only,
        };
        let connection = Arc::new(Pool::new("audits", connector, 1, timeout));
        *self.log.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&connection);
        Box::new(PostgresAuditLog {
            connection,
            instance,
        })
    }

    fn pools(&self) -> Vec<PoolStatus> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let log = log.upgrade().map(|pool| pool.status());
        [self.lists.status()].into_iter().chain(log).collect()
    }

    fn list(&self, filter: &AuditFilter) -> Result<AuditPage, StoreError> {
        with(&self.lists, "list audits", |connection| {
            Connection::Postgres(connection).snapshot(|connection| audit::list(connection, filter))
        })
    }

    fn after(
        &self,
        filter: &AuditFilter,
        position: Option<&AuditPosition>,
        most: u32,
    ) -> Result<Vec<ExportAudit>, StoreError> {
        with(&self.lists, "list audits", |connection| {
            Connection::Postgres(connection)
                .snapshot(|connection| audit::after(connection, filter, position, most))
        })
    }
}

/// Does `work` on a connection.
fn with<T>(
    pool: &Pool<impl Connect<Connection = Session>>,
    action: &'static str,
    work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> Result<T, StoreError> {
    pool.with(action, |session| {
        let begin = Instant::now();
        work(&mut session.connection).map_err(|error| {
            if timed_out(&error, begin, session.statement_timeout) {
                StoreError::new(StoreErrorKind::TimedOut, action).because(error)
            } else {
                StoreError::of_statement(action, error)
            }
        })
    })
}

struct PostgresAuditLog {
    /// One connection, which holds the lock that says that this process lives.
    connection: Arc<Pool<LogConnector>>,
    instance: i64,
}

impl AuditLog for PostgresAuditLog {
    fn append(&self, events: &[AuditEvent]) -> Result<(), StoreError> {
        with(&self.connection, "write an audit", |connection| {
            audit::append(&mut Connection::Postgres(connection), events, self.instance)
        })
    }

    fn interrupt_abandoned(&self, noticed_at: DateTime<Utc>) -> Result<u64, StoreError> {
        const ACTION: &str = "close the audits of processes that are gone";
        with(&self.connection, ACTION, |connection| {
            connection.transaction(|connection| {
                // Of a long history this takes its time.
                connection.batch_execute("SET LOCAL statement_timeout = 0")?;
                let unended = audit::unended(&mut Connection::Postgres(connection), self.instance)?;
                let mut interrupted = 0;
                for of_instance in unended.chunk_by(|(_, one), (_, other)| one == other) {
                    let ids = of_instance.iter().map(|(id, _)| id.as_str());
                    if is_gone(connection, of_instance[0].1)? {
                        let connection = &mut Connection::Postgres(connection);
                        interrupted += audit::interrupt(connection, ids, noticed_at)?;
                    }
                }
                Ok(interrupted)
            })
        })
    }

    fn keep_alive(&self) -> Result<(), StoreError> {
        // The pool checks a connection before it hands it out.
        with(&self.connection, "keep the log of audits", |_| Ok(()))
    }
}

/// Whether no process holds the lock of an instance. Until the transaction ends none can take it.
fn is_gone(connection: &mut PgConnection, instance: i64) -> QueryResult<bool> {
    diesel::select(pg_try_advisory_xact_lock(instance)).get_result(connection)
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Takes a lock until the transaction ends, unless another session holds it in any way.
    fn pg_try_advisory_xact_lock(key: BigInt) -> diesel::sql_types::Bool;
    /// Takes a lock beside others who take it in this way, until the session ends.
    fn pg_advisory_lock_shared(key: BigInt) -> diesel::sql_types::Nullable<VarChar>;
}

/// Makes connections that hold the lock of an instance.
struct LogConnector {
    connector: Connector,
    timeout: Duration,
    instance: i64,
    override_read_only: bool,
}

/// The server looks whether the other end is still there, so the lock of a machine that vanished does not stay for hours.
const KEEP_ALIVE: &str = "SET tcp_keepalives_idle = 30; \
    SET tcp_keepalives_interval = 10; \
    SET tcp_keepalives_count = 3";

/// How much longer than its server's time-out a statement may take: the server should end it first.
const MARGIN: Duration = Duration::from_secs(1);

impl LogConnector {
    fn set_up(&self, session: &mut Session) -> QueryResult<()> {
        // An export waits for this, so it must not wait for long.
        let millis = self.timeout.as_millis().clamp(1, 2_147_483_647);
        session
            .connection
            .batch_execute(&format!("SET statement_timeout = {millis}; {KEEP_ALIVE}"))?;
        session.statement_timeout = Some(self.timeout);
        session::override_read_only(&mut session.connection, self.override_read_only)?;
        session.patience = Patience::Short(self.timeout + MARGIN);
        // Shared: a connection that was lost may still hold it, as the server sees it, when the next one takes it.
        diesel::select(pg_advisory_lock_shared(self.instance))
            .execute(&mut session.connection)
            .map(|_| ())
    }
}

impl Connect for LogConnector {
    type Connection = Session;

    fn connect(&self) -> Result<Session, StoreError> {
        let mut session = self.connector.connect()?;
        session
            .watched(|session| self.set_up(session))
            .map_err(|error| StoreError::of_statement("begin the log of audits", error))?;
        Ok(session)
    }

    fn answers(session: &mut Session) -> bool {
        Connector::answers(session)
    }

    fn watched<T>(session: &mut Session, work: impl FnOnce(&mut Session) -> T) -> T {
        Connector::watched(session, work)
    }

    fn is_cut(session: &Session) -> bool {
        Connector::is_cut(session)
    }

    fn is_broken(session: &mut Session) -> bool {
        Connector::is_broken(session)
    }
}
