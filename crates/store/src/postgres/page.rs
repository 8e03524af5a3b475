//! Listing: a page of records, in one snapshot.

use chrono::{DateTime, Utc};
use deskledger_domain::{ConnectionRecord, ExportFilter, Page};
use diesel::prelude::*;

use super::{query, read};
use crate::RecordPage;
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
        .run(|connection| read_page(connection, filter, page))
}

impl ReadPage for PgConnection {
    fn count(&mut self, filter: &ExportFilter) -> QueryResult<i64> {
        query::count(filter).get_result(self)
    }

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
