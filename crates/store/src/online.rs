//! Users online, as either database counts them.

use deskledger_domain::TimeGrid;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer};

/// How many users were online in a span of a grid.
#[derive(QueryableByName)]
pub(crate) struct SpanUsers {
    /// The number of the span, from 1.
    #[diesel(sql_type = Integer)]
    number: i32,
    #[diesel(sql_type = BigInt)]
    users: i64,
}

/// How many users were online in each span of a grid, from those that had any.
pub(crate) fn in_all_spans(grid: &TimeGrid, found: Vec<SpanUsers>) -> Vec<u64> {
    let mut counts = vec![0; grid.labels().len()];
    for SpanUsers { number, users } in found {
        let index = usize::try_from(number - 1).ok();
        if let Some(count) = index.and_then(|index| counts.get_mut(index)) {
            *count = users.unsigned_abs();
        }
    }
    counts
}
