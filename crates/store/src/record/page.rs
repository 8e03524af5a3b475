//! A page of records: what its parts are read for, whichever database reads them.

use chrono::{DateTime, Utc};
use deskledger_domain::{ConnectionRecord, ExportFilter, Marker, Page, PageStart};
use diesel::QueryResult;

use crate::count::{CountDays, records_in};

/// A part of the records that match a filter, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordPage {
    /// How many records match, where the page begins by an offset and they were to be counted.
    pub total: Option<u64>,
    /// The records of the page.
    pub records: Vec<ConnectionRecord>,
    /// The position of the last record, after which the next page begins. `None` where no record follows.
    pub next: Option<Marker>,
}

impl RecordPage {
    /// The page that begins with `records`. One record more than the limit shows that others follow.
    fn new(total: Option<u64>, mut records: Vec<ConnectionRecord>, limit: u32) -> Self {
        let limit = limit as usize;
        let follow = records.len() > limit;
        records.truncate(limit);
        let next = records.last().filter(|_| follow).map(Marker::of);
        Self {
            total,
            records,
            next,
        }
    }
}

/// A position in the order of records.
#[derive(Debug)]
pub(crate) struct Position {
    pub(crate) start_time: DateTime<Utc>,
    pub(crate) transaction_id: String,
    /// Whether what stands there is meant too, and not only what comes after it.
    pub(crate) included: bool,
}

/// What a database reads for a page.
pub(crate) trait ReadPage: CountDays {
    /// Where the record stands before which so many of those that match come.
    fn position(
        &mut self,
        filter: &ExportFilter,
        offset: u32,
    ) -> QueryResult<Option<(DateTime<Utc>, String)>>;

    /// At most `limit` of the records that match, from a position on, to which the filter is [`narrowed`].
    fn records(
        &mut self,
        filter: &ExportFilter,
        position: Option<&Position>,
        limit: u32,
    ) -> QueryResult<Vec<ConnectionRecord>>;
}

/// Reads a page in what should be one snapshot.
///
/// An offset first becomes a position, for which only entries of an index are read. From there on, rows are read as they are
/// after a marker. So no row is read only to be skipped.
pub(crate) fn read_page(
    database: &mut impl ReadPage,
    filter: &ExportFilter,
    page: &Page,
) -> QueryResult<RecordPage> {
    let limit = page.limit();
    let (total, position) = match page.start() {
        PageStart::Offset(offset) => {
            let total = if page.is_counted() {
                Some(records_in(database, filter)?)
            } else {
                None
            };
            let nothing = RecordPage::new(total, Vec::new(), limit);
            if limit == 0 || total.is_some_and(|total| u64::from(*offset) >= total) {
                return Ok(nothing);
            }
            if *offset == 0 {
                (total, None)
            } else {
                let Some((start_time, transaction_id)) = database.position(filter, *offset)? else {
                    return Ok(nothing);
                };
                let position = Position {
                    start_time,
                    transaction_id,
                    included: true,
                };
                (total, Some(position))
            }
        }
        PageStart::After(_) if limit == 0 => return Ok(RecordPage::new(None, Vec::new(), limit)),
        PageStart::After(marker) => {
            let position = Position {
                start_time: marker.start_time(),
                transaction_id: marker.transaction_id().to_owned(),
                included: false,
            };
            (None, Some(position))
        }
    };
    let records = match &position {
        None => database.records(filter, None, limit + 1)?,
        Some(position) => match narrowed(filter, position) {
            Some(filter) => database.records(&filter, Some(position), limit + 1)?,
            None => Vec::new(),
        },
    };
    Ok(RecordPage::new(total, records, limit))
}

/// The filter for what comes from a position on; `None` where nothing can.
///
/// The position becomes the end of the range of time, because every database begins the scan of an index there. Of two
/// ends, SQLite would choose either.
pub(crate) fn narrowed(filter: &ExportFilter, position: &Position) -> Option<ExportFilter> {
    let time = filter.time().up_to(position.start_time)?;
    Some(filter.clone().with_time(time))
}
