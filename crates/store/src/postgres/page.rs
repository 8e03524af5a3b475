//! Listing: a page of records, in one snapshot.

use chrono::{DateTime, Utc};
use deskledger_domain::{ConnectionRecord, ExportFilter, Page};
use diesel::prelude::*;

use super::{query, read};
use crate::RecordPage;
use crate::page::{self, Place, ReadPage};

pub(super) fn read(
    connection: &mut PgConnection,
    filter: &ExportFilter,
    page: &Page,
) -> QueryResult<RecordPage> {
    connection
        .build_transaction()
        .repeatable_read()
        .read_only()
        .run(|connection| page::read(connection, filter, page))
}

impl ReadPage for PgConnection {
    fn count(&mut self, filter: &ExportFilter) -> QueryResult<i64> {
        query::count(filter).get_result(self)
    }

    fn place(
        &mut self,
        filter: &ExportFilter,
        offset: u32,
    ) -> QueryResult<Option<(DateTime<Utc>, String)>> {
        query::place(filter, offset).get_result(self).optional()
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
