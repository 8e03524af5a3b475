//! A histogram: what is read for it, whichever database reads it.

use chrono::{DateTime, Utc};
use deskledger_domain::{ExportFilter, Histogram, HistogramRequest, InvalidFilter, TimeRange};
use diesel::QueryResult;

/// What a database reads for a histogram.
pub(crate) trait ReadHistogram {
    /// When the oldest, or the newest, record that matches began.
    fn end(&mut self, filter: &ExportFilter, newest: bool) -> QueryResult<Option<DateTime<Utc>>>;

    /// The counts of the records that match, all of which began within the bounds of the buckets.
    fn counts(&mut self, filter: &ExportFilter, bounds: &[DateTime<Utc>]) -> QueryResult<Counts>;
}

/// What is counted.
pub(crate) struct Counts {
    /// Of each bucket how many records there are, and how many of those failed.
    pub(crate) buckets: Vec<[u64; 2]>,
    pub(crate) users: u64,
}

/// Reads a histogram in what should be one snapshot.
///
/// Where the range is open, its ends are looked for first: the two look at no more records together than there are.
pub(crate) fn read_histogram(
    database: &mut impl ReadHistogram,
    request: &HistogramRequest,
) -> QueryResult<Result<Histogram, InvalidFilter>> {
    let filter = request.filter();
    let time = filter.time();
    let mut end = |given: Option<DateTime<Utc>>, newest| match given {
        Some(given) => Ok(Some(given)),
        None => database.end(filter, newest),
    };
    let Some(first) = end(time.start(), false)? else {
        return Ok(Ok(request.of_nothing()));
    };
    let Some(last) = end(time.end(), true)? else {
        return Ok(Ok(request.of_nothing()));
    };
    let grid = match request.buckets(first, last) {
        Ok(grid) => grid,
        Err(mistake) => return Ok(Err(mistake)),
    };
    let (Some(begin), end) = (grid.bounds().first(), grid.bounds().last()) else {
        return Ok(Ok(request.of_nothing()));
    };
    let Ok(time) = TimeRange::new(*begin, end.copied()) else {
        return Ok(Ok(request.of_nothing()));
    };
    let filter = filter.clone().with_time(time);
    let counts = database.counts(&filter, grid.bounds())?;
    Ok(Ok(grid.filled(&counts.buckets, counts.users)))
}
