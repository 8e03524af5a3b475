//! A query on the table of one shard, at the server that holds it.

use std::cell::Cell;

use diesel::connection::SimpleConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

use crate::postgres::watchdog::Watched;

/// A shard that is about to be read.
pub(in crate::postgres) struct Shard<'a> {
    /// Its table, quoted.
    pub(super) table: &'a str,
    /// Asks the coordinator whether the shard is still where it was.
    pub(super) is_still_there: &'a dyn Fn() -> bool,
    /// Set where it is not, in which case nothing is read.
    pub(super) has_moved: &'a Cell<bool>,
}

impl Shard<'_> {
    /// Keeps the partitions of the shard from being changed until the transaction ends, of which it is the first statement, and
    /// takes its snapshot. Whether the snapshot shows what the coordinator would have shown: a shard that moved before may have
    /// left an old copy behind, one that moves later keeps its table as long as it is locked.
    pub(in crate::postgres) fn hold(
        &self,
        connection: &mut PgConnection,
        watched: &Watched,
    ) -> QueryResult<bool> {
        connection.batch_execute(&format!(
            "LOCK TABLE ONLY {} IN ACCESS SHARE MODE",
            self.table
        ))?;
        connection.batch_execute("SELECT 1")?;
        let is_still_there = watched.apart(self.is_still_there);
        self.has_moved.set(!is_still_there);
        Ok(is_still_there)
    }

    /// What stands before a query on `connection_records`, so that it reads the shard. The server plans that as if the shard
    /// were named.
    pub(in crate::postgres) fn beginning(&self) -> String {
        let table = self.table;
        format!("WITH connection_records AS NOT MATERIALIZED (SELECT * FROM {table}) ")
    }
}

/// A query behind such a beginning, which is empty where there is no shard.
pub(in crate::postgres) struct FromShard<Q> {
    pub(in crate::postgres) beginning: String,
    pub(in crate::postgres) query: Q,
}

impl<Q: Query> Query for FromShard<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> QueryId for FromShard<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> RunQueryDsl<PgConnection> for FromShard<Q> {}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for FromShard<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(&self.beginning);
        self.query.walk_ast(out.reborrow())
    }
}
