//! A connection to either database, for the statements that are the same in both.
//!
//! A statement is a plain expression of Diesel that names no database. [`on_each!`] sends it: the compiler makes it once for
//! each. What differs is a method of [`Connection`], a `match` on it, or a file under `postgres/` or `sqlite/`.

use diesel::Connection as _;
use diesel::prelude::*;
use diesel::result::Error as DieselError;

use crate::{PoolStatus, StoreError};

/// A borrowed connection to one of the databases.
pub(crate) enum Connection<'a> {
    #[cfg(feature = "postgres")]
    Postgres(&'a mut PgConnection),
    #[cfg(feature = "sqlite")]
    Sqlite(&'a mut SqliteConnection),
}

/// Evaluates an expression with the connection to whichever database it is.
macro_rules! on_each {
    ($connection:expr, |$own:ident| $run:expr) => {
        match $connection {
            #[cfg(feature = "postgres")]
            $crate::connection::Connection::Postgres($own) => {
                let $own: &mut diesel::PgConnection = $own;
                $run
            }
            #[cfg(feature = "sqlite")]
            $crate::connection::Connection::Sqlite($own) => {
                let $own: &mut diesel::SqliteConnection = $own;
                $run
            }
        }
    };
}

/// How many rows a statement changes. On PostgreSQL these are the texts of a column that it returns, for its command tag counts
/// what the server likes; SQLite is a linked library, and so counts what SQLite counts.
macro_rules! count_changed {
    ($connection:expr, $statement:expr, $column:expr) => {
        match $connection {
            #[cfg(feature = "postgres")]
            $crate::connection::Connection::Postgres(own) => $statement
                .returning($column)
                .get_results::<String>(&mut **own)
                .map(|changed| changed.len() as u64),
            #[cfg(feature = "sqlite")]
            $crate::connection::Connection::Sqlite(own) => {
                $statement.execute(&mut **own).map(|changed| changed as u64)
            }
        }
    };
}

/// Loads rows that the transaction will change. On PostgreSQL it locks them, and passes over those that another one has locked; on
/// SQLite a transaction is the only one that writes from its beginning on.
macro_rules! load_for_update {
    ($connection:expr, $query:expr) => {
        match $connection {
            #[cfg(feature = "postgres")]
            $crate::connection::Connection::Postgres(own) => {
                $query.for_update().skip_locked().load(&mut **own)
            }
            #[cfg(feature = "sqlite")]
            $crate::connection::Connection::Sqlite(own) => $query.load(&mut **own),
        }
    };
}

pub(crate) use {count_changed, load_for_update, on_each};

/// The connections over which rows that few requests need are asked for: those of tasks, and of sessions.
pub(crate) trait RowConnections: Send + Sync {
    /// What they do, pool by pool.
    fn pools(&self) -> Vec<PoolStatus>;

    /// Does `work`, which may write.
    fn write<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut Connection<'_>) -> QueryResult<T>,
    ) -> Result<T, StoreError>;

    /// Does `work`, which only reads, in one snapshot.
    fn read<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&mut Connection<'_>) -> QueryResult<T>,
    ) -> Result<T, StoreError>;
}

impl Connection<'_> {
    /// Does `work` in a transaction, which leaves nothing behind where it fails. On SQLite it holds the write lock from its
    /// beginning on: one that took it after a read might have to give up.
    pub(crate) fn transaction<T, E: From<DieselError>>(
        &mut self,
        work: impl FnOnce(&mut Connection<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(own) => own.transaction(|own| work(&mut Connection::Postgres(own))),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(own) => {
                own.immediate_transaction(|own| work(&mut Connection::Sqlite(own)))
            }
        }
    }

    /// Does `work`, which only reads, in one snapshot. On SQLite any transaction sees one, since it is in WAL mode.
    pub(crate) fn snapshot<T>(
        &mut self,
        work: impl FnOnce(&mut Connection<'_>) -> QueryResult<T>,
    ) -> QueryResult<T> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(own) => own
                .build_transaction()
                .repeatable_read()
                .read_only()
                .run(|own| work(&mut Connection::Postgres(own))),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(own) => own.transaction(|own| work(&mut Connection::Sqlite(own))),
        }
    }
}
