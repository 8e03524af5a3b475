//! The export links of a database, over its connections.

use chrono::{DateTime, Utc};
use deskledger_domain::{ExportLink, LinkFilter, LinkId, ProjectScope};

use super::{
    Added, ExportLinkStore, LinkEnd, LinkPage, LinkReport, MostLinks, NewExportLink, WaitingLink,
    statements,
};
use crate::connection::RowConnections;
use crate::{PoolStatus, StoreError};

/// Export links in a database.
pub(crate) struct ExportLinks<C>(pub(crate) C);

impl<C: RowConnections> ExportLinkStore for ExportLinks<C> {
    fn pools(&self) -> Vec<PoolStatus> {
        self.0.pools()
    }

    fn add(&self, link: &NewExportLink, most: MostLinks) -> Result<Added, StoreError> {
        self.0.write("add an export link", |connection| {
            statements::add(connection, link, most)
        })
    }

    fn waiting(
        &self,
        secret_hash: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Option<WaitingLink>, StoreError> {
        self.0.read("find an export link", |connection| {
            statements::waiting(connection, secret_hash, now)
        })
    }

    fn begin(
        &self,
        id: &LinkId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.0.write("begin an export link", |connection| {
            statements::begin(connection, id, now, until)
        })
    }

    fn report(&self, id: &LinkId, report: &LinkReport) -> Result<bool, StoreError> {
        self.0.write("report on an export link", |connection| {
            statements::report(connection, id, report)
        })
    }

    fn end(&self, id: &LinkId, end: &LinkEnd) -> Result<bool, StoreError> {
        self.0.write("end an export link", |connection| {
            statements::end(connection, id, end)
        })
    }

    fn find(
        &self,
        scope: &ProjectScope,
        id: &LinkId,
        now: DateTime<Utc>,
    ) -> Result<Option<ExportLink>, StoreError> {
        self.0.read("find an export link", |connection| {
            statements::find(connection, scope, id, now)
        })
    }

    fn list(&self, filter: &LinkFilter, now: DateTime<Utc>) -> Result<LinkPage, StoreError> {
        self.0.read("list export links", |connection| {
            statements::list(connection, filter, now)
        })
    }

    fn cancel(
        &self,
        scope: &ProjectScope,
        id: &LinkId,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.0.write("cancel an export link", |connection| {
            statements::cancel(connection, scope, id, now)
        })
    }

    fn sweep(&self, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.0.write("delete old export links", |connection| {
            statements::sweep(connection, before, now)
        })
    }
}
