use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::url::{self, Location};

/// Where the database is and how it is used.
///
/// ```
/// use std::time::Duration;
/// use deskledger_store::StoreSettings;
///
/// let mut settings = StoreSettings::new("postgres://ann:secret@db.example.com/ledger");
/// settings.pool_size = 16;
/// settings.statement_timeout = Some(Duration::from_secs(600));
/// assert!(!format!("{settings:?}").contains("secret"));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreSettings {
    /// The database: `postgres://user:password@host:port/database` (or `postgresql://`, with every parameter that libpq
    /// knows), or `sqlite:///absolute/path`, or `sqlite://relative/path`.
    pub url: String,
    /// A streaming replica of that PostgreSQL server, from which records are read as long as it is near enough; named as `url` is.
    /// SQLite has none.
    pub read_url: Option<String>,
    /// How far the replica may be behind to be read.
    pub max_replica_lag: Duration,
    /// The most connections that read at once; at least 1. An export holds one from its first row to its last.
    pub pool_size: u32,
    /// The most connections that list records, or count users online, at once; at least 1.
    pub query_pool_size: u32,
    /// The most connections that write at once; at least 1. SQLite has a single writer, whatever is asked for.
    pub write_pool_size: u32,
    /// How long to wait for a connection to come free, how long for a new one to be made, and on SQLite
    /// how long for a lock. PostgreSQL counts whole seconds: a fraction is rounded up.
    pub connection_timeout: Duration,
    /// How long to wait for another process that migrates, on PostgreSQL.
    pub migration_lock_timeout: Duration,
    /// How long one read may take in all, including the time in which its rows wait for the caller to take them. `None` is
    /// the server's own limit on PostgreSQL, and no limit on SQLite.
    pub statement_timeout: Option<Duration>,
    /// How long one statement may take that lists records or counts users online. `None` as for `statement_timeout`.
    pub query_timeout: Option<Duration>,
    /// How long one statement may take that writes. `None` is the server's own limit on PostgreSQL. SQLite has none.
    pub write_timeout: Option<Duration>,
    /// How long PostgreSQL may be silent on a connection that waits for it before it is asked, over another one, whether it
    /// works. Where it does not, or does not answer within seconds, the connection is cut.
    pub silence: Duration,
    /// Whether records are read from PostgreSQL by COPY, which is fastest. Where it is refused they are read row by row, as
    /// they always are without it; to switch it off spares the attempt, and helps against a pooler that spoils it.
    pub copy: bool,
    /// Whether audits are written, and what is too old is deleted, where a PostgreSQL database asks by
    /// `default_transaction_read_only` that nothing be written. Records and tasks never are.
    pub override_read_only: bool,
    /// The name under which PostgreSQL lists the connections.
    pub application_name: String,
}

impl StoreSettings {
    /// The database at `url`, with 8 connections for reading, 8 for queries, 2 for writing, 5 seconds to wait for
    /// one, a minute for another process that migrates, 30 minutes for a read, by COPY, 30 seconds for a query, a minute for a
    /// statement that writes, 8 seconds of silence, and the name `deskledger`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            read_url: None,
            max_replica_lag: Duration::from_secs(10),
            pool_size: 8,
            query_pool_size: 8,
            write_pool_size: 2,
            connection_timeout: Duration::from_secs(5),
            migration_lock_timeout: Duration::from_secs(60),
            statement_timeout: Some(Duration::from_secs(30 * 60)),
            query_timeout: Some(Duration::from_secs(30)),
            write_timeout: Some(Duration::from_secs(60)),
            silence: Duration::from_secs(8),
            copy: true,
            override_read_only: false,
            application_name: "deskledger".to_owned(),
        }
    }

    /// The file of a SQLite database, which need not exist. `None` for another database, and for a URL that is not valid.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        match url::location(&self.url) {
            #[cfg(feature = "sqlite")]
            Ok(Location::Sqlite(file)) => Some(file),
            #[cfg(feature = "postgres")]
            Ok(Location::Postgres) => None,
            Err(_) => None,
        }
    }
}

impl fmt::Debug for StoreSettings {
    /// Leaves out whatever of the URL may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreSettings")
            .field("url", &url::without_secrets(&self.url))
            .field(
                "read_url",
                &self.read_url.as_deref().map(url::without_secrets),
            )
            .field("max_replica_lag", &self.max_replica_lag)
            .field("pool_size", &self.pool_size)
            .field("query_pool_size", &self.query_pool_size)
            .field("write_pool_size", &self.write_pool_size)
            .field("connection_timeout", &self.connection_timeout)
            .field("migration_lock_timeout", &self.migration_lock_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("query_timeout", &self.query_timeout)
            .field("write_timeout", &self.write_timeout)
            .field("silence", &self.silence)
            .field("copy", &self.copy)
            .field("override_read_only", &self.override_read_only)
            .field("application_name", &self.application_name)
            .finish()
    }
}
