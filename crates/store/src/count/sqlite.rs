//! Checks and repairs on SQLite.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::check::{Comparison, DayRow, FIRST_PROJECT, KEPT, NEXT_PROJECT, ProjectRow, compare};
use super::{Changes, CountCheck, DAY_MICROS};

/// A division rounds towards zero, and a day before 1970 begins before its times.
fn count() -> String {
    format!(
        "SELECT (connection_start_time - (connection_start_time % {DAY_MICROS} + {DAY_MICROS}) % {DAY_MICROS}) / {DAY_MICROS} \
            AS day, count(*) AS records \
        FROM connection_records WHERE project_id = $1 GROUP BY 1"
    )
}

pub(crate) fn next_project(
    connection: &mut SqliteConnection,
    after: Option<&str>,
) -> QueryResult<Option<String>> {
    let row: ProjectRow = match after {
        None => diesel::sql_query(FIRST_PROJECT).get_result(connection),
        Some(after) => diesel::sql_query(NEXT_PROJECT)
            .bind::<Text, _>(after)
            .get_result(connection),
    }?;
    Ok(row.project)
}

pub(crate) fn check(connection: &mut SqliteConnection, project: &str) -> QueryResult<CountCheck> {
    connection.transaction(|connection| Ok(find(connection, project)?.check))
}

pub(crate) fn repair(connection: &mut SqliteConnection, project: &str) -> QueryResult<CountCheck> {
    connection.immediate_transaction(|connection| {
        let Comparison { check, missing } = find(connection, project)?;
        let mut changes = Changes::default();
        for (day, records) in missing {
            changes.add_on(project, day, records);
        }
        changes.store(connection)?;
        Ok(check)
    })
}

fn find(connection: &mut SqliteConnection, project: &str) -> QueryResult<Comparison> {
    let mut days = |statement: String| {
        diesel::sql_query(statement)
            .bind::<Text, _>(project)
            .load::<DayRow>(connection)
    };
    compare(days(KEPT.to_owned())?, days(count())?)
}
