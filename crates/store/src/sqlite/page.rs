//! Listing: a page of records, in one snapshot.

use chrono::{DateTime, Utc};
use deskledger_domain::{ConnectionRecord, ExactField, ExportFilter, Page, ProjectScope};
use diesel::prelude::*;

use super::{query, read};
use crate::RecordPage;
use crate::connection;
use crate::count::CountDays;
use crate::moment::Moment;
use crate::record::{Position, ReadPage, read_page};

pub(super) fn read(
    connection: &mut SqliteConnection,
    filter: &ExportFilter,
    page: &Page,
) -> QueryResult<RecordPage> {
    // In WAL mode a transaction sees one snapshot.
    connection.transaction(|connection| read_page(connection, filter, page))
}

/// The record of a connection, by the primary key.
pub(super) fn one(
    connection: &mut SqliteConnection,
    scope: &ProjectScope,
    transaction_id: &str,
) -> QueryResult<Option<ConnectionRecord>> {
    let filter =
        ExportFilter::new(scope.clone()).with_exact(ExactField::TransactionId, transaction_id);
    let found = read::all(connection, &filter, query::one(&filter))?;
    Ok(found.into_iter().next())
}

impl CountDays for SqliteConnection {
    fn connection(&mut self) -> connection::Connection<'_> {
        connection::Connection::Sqlite(self)
    }

    fn count_each(&mut self, filter: &ExportFilter) -> QueryResult<i64> {
        query::count(filter).get_result(self)
    }
}

impl ReadPage for SqliteConnection {
    fn position(
        &mut self,
        filter: &ExportFilter,
        offset: u32,
    ) -> QueryResult<Option<(DateTime<Utc>, String)>> {
        let position: Option<(Moment, String)> = query::position(filter, offset)
            .get_result(self)
            .optional()?;
        Ok(position.map(|(start, transaction_id)| (start.0, transaction_id)))
    }

    fn records(
        &mut self,
        filter: &ExportFilter,
        position: Option<&Position>,
        limit: u32,
    ) -> QueryResult<Vec<ConnectionRecord>> {
        read::all(self, filter, query::page(filter, position, limit))
    }
}
