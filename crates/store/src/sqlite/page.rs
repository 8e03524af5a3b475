//! Listing: a page of records, in one snapshot.

use chrono::{DateTime, Utc};
use deskledger_domain::{ConnectionRecord, ExportFilter, Page};
use diesel::prelude::*;
use diesel::result::Error as DieselError;

use super::{query, read};
use crate::RecordPage;
use crate::page::{self, Place, ReadPage};

pub(super) fn read(
    connection: &mut SqliteConnection,
    filter: &ExportFilter,
    page: &Page,
) -> QueryResult<RecordPage> {
    // In WAL mode a transaction sees one snapshot.
    connection.transaction(|connection| page::read(connection, filter, page))
}

impl ReadPage for SqliteConnection {
    fn count(&mut self, filter: &ExportFilter) -> QueryResult<i64> {
        query::count(filter).get_result(self)
    }

    fn place(
        &mut self,
        filter: &ExportFilter,
        offset: u32,
    ) -> QueryResult<Option<(DateTime<Utc>, String)>> {
        let place: Option<(i64, String)> =
            query::place(filter, offset).get_result(self).optional()?;
        place
            .map(|(micros, transaction_id)| {
                let start_time = DateTime::from_timestamp_micros(micros).ok_or_else(|| {
                    DieselError::DeserializationError("a time beyond all calendars".into())
                })?;
                Ok((start_time, transaction_id))
            })
            .transpose()
    }

    fn records(
        &mut self,
        filter: &ExportFilter,
        place: Option<&Place>,
        limit: u32,
    ) -> QueryResult<Vec<ConnectionRecord>> {
        read::all(self, filter, query::page(filter, place, limit))
    }
}
