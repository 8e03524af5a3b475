//! Listing: a page of records, in one snapshot.

use chrono::{DateTime, Utc};
use deskledger_domain::{
    ConnectionRecord, ExactField, ExportFilter, Page, ProjectScope, TimeRange,
};
use diesel::prelude::*;

use super::{query, read};
use crate::RecordPage;
use crate::connection;
use crate::count::{CountDays, hold_records, records_in};
use crate::moment::Moment;
use crate::record::{Position, ReadPage, read_page};

pub(super) fn read(
    connection: &mut PgConnection,
    filter: &ExportFilter,
    page: &Page,
) -> QueryResult<RecordPage> {
    connection
        .build_transaction()
        .repeatable_read()
        .read_only()
        .run(|connection| {
            hold_records(connection)?;
            read_page(connection, filter, page)
        })
}

/// How many records match, in one snapshot.
pub(super) fn count(connection: &mut PgConnection, filter: &ExportFilter) -> QueryResult<u64> {
    connection
        .build_transaction()
        .repeatable_read()
        .read_only()
        .run(|connection| {
            hold_records(connection)?;
            records_in(connection, filter)
        })
}

impl CountDays for PgConnection {
    fn connection(&mut self) -> connection::Connection<'_> {
        connection::Connection::Postgres(self)
    }

    fn count_each(&mut self, filter: &ExportFilter) -> QueryResult<i64> {
        query::count(filter).get_result(self)
    }
}

/// The record of a connection.
pub(super) fn one(
    connection: &mut PgConnection,
    scope: &ProjectScope,
    transaction_id: &str,
) -> QueryResult<Option<ConnectionRecord>> {
    connection
        .build_transaction()
        .repeatable_read()
        .read_only()
        .run(|connection| {
            hold_records(connection)?;
            let starts: Vec<Moment> =
                query::starts_of(scope.project_id(), transaction_id).load(connection)?;
            let newest = starts.into_iter().map(|Moment(start)| start).max();
            let Some(time) = newest.and_then(|start| {
                let time = TimeRange::new(start, None).ok()?;
                time.up_to(start)
            }) else {
                return Ok(None);
            };
            let filter = ExportFilter::new(scope.clone())
                .with_exact(ExactField::TransactionId, transaction_id)
                .with_time(time);
            let found = read::all(connection, &filter, query::page(&filter, None, 1))?;
            Ok(found.into_iter().next())
        })
}

impl ReadPage for PgConnection {
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
