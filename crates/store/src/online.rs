//! Users online, as either database counts them.

use deskledger_domain::TimeGrid;

/// How many users were online in each span of a grid, from those that had any: each by its number, from 1.
pub(crate) fn in_all_spans(grid: &TimeGrid, found: Vec<(i32, i64)>) -> Vec<u64> {
    let mut counts = vec![0; grid.labels().len()];
    for (number, users) in found {
        let index = usize::try_from(number - 1).ok();
        if let Some(count) = index.and_then(|index| counts.get_mut(index)) {
            *count = users.unsigned_abs();
        }
    }
    counts
}
