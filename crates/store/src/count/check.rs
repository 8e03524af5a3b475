//! What is the same in both databases of a check: two counts by day become differences.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};

use super::days::begin;
use super::{CountCheck, CountDifference};

/// A number of a day.
#[derive(QueryableByName)]
pub(super) struct DayRow {
    #[diesel(sql_type = Integer)]
    pub(super) day: i32,
    #[diesel(sql_type = BigInt)]
    pub(super) records: i64,
}

/// A project, where there is one.
#[derive(QueryableByName)]
pub(super) struct ProjectRow {
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) project: Option<String>,
}

/// The numbers that are kept of a project. Its value is the project.
pub(super) const KEPT: &str = "SELECT day, CAST(sum(records) AS bigint) AS records \
    FROM record_counts WHERE project_id = $1 GROUP BY day";

/// The first project that has a record or a number.
pub(super) const FIRST_PROJECT: &str = "SELECT min(project) AS project FROM (\
    SELECT min(project_id) AS project FROM connection_records \
    UNION ALL SELECT min(project_id) FROM record_counts) AS first";

/// The same of those behind a project, which is its value.
pub(super) const NEXT_PROJECT: &str = "SELECT min(project) AS project FROM (\
    SELECT min(project_id) AS project FROM connection_records WHERE project_id > $1 \
    UNION ALL SELECT min(project_id) FROM record_counts WHERE project_id > $1) AS next";

/// The days on which two counts of a snapshot differ, with what has to be added to the numbers that are kept.
pub(super) struct Comparison {
    pub(super) check: CountCheck,
    pub(super) missing: Vec<(i32, i64)>,
}

pub(super) fn compare(kept: Vec<DayRow>, counted: Vec<DayRow>) -> QueryResult<Comparison> {
    let records = counted.iter().map(|day| day.records.unsigned_abs()).sum();
    let days = counted.len() as u64;
    let mut both: BTreeMap<i32, (i64, i64)> = BTreeMap::new();
    for day in kept {
        both.entry(day.day).or_default().0 = day.records;
    }
    for day in counted {
        both.entry(day.day).or_default().1 = day.records;
    }
    both.retain(|_, (kept, records)| kept != records);
    let missing = both
        .iter()
        .map(|(day, (kept, records))| (*day, records - kept))
        .collect();
    let differences = both
        .into_iter()
        .map(|(day, (kept, records))| {
            let begin = begin(day).ok_or_else(|| {
                DieselError::DeserializationError(
                    "a number of records is of no day of a calendar".into(),
                )
            })?;
            Ok(CountDifference {
                day: begin.date_naive(),
                kept,
                records: records.unsigned_abs(),
            })
        })
        .collect::<QueryResult<_>>()?;
    Ok(Comparison {
        check: CountCheck {
            records,
            days,
            differences,
            repeated: 0,
        },
        missing,
    })
}
