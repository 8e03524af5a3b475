//! What every query of records may be refused for.

use super::ErrorCode;

/// The mistakes that a filter may hold (`contract.md` §8).
const OF_FILTER: [ErrorCode; 9] = [
    ErrorCode::InvalidTime,
    ErrorCode::EmptyTimeRange,
    ErrorCode::InvalidNumber,
    ErrorCode::EmptyNumberRange,
    ErrorCode::InvalidDomain,
    ErrorCode::InvalidNetwork,
    ErrorCode::UnknownValue,
    ErrorCode::InvalidBoolean,
    ErrorCode::UnknownTimeZone,
];

/// The codes of the mistakes that a filter may hold, and what else a query of records may be refused for. `ALL` is how many
/// these are together.
///
/// # Panics
/// Where `ALL` is another number: a constant then does not compile.
pub const fn filter_refusals_and<const OTHERS: usize, const ALL: usize>(
    others: [ErrorCode; OTHERS],
) -> [ErrorCode; ALL] {
    assert!(
        ALL == OF_FILTER.len() + OTHERS,
        "the length is that of both"
    );
    let mut all = [ErrorCode::InvalidTime; ALL];
    let mut index = 0;
    while index < ALL {
        all[index] = if index < OF_FILTER.len() {
            OF_FILTER[index]
        } else {
            others[index - OF_FILTER.len()]
        };
        index += 1;
    }
    all
}
