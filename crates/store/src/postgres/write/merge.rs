//! Merging events of one project with what is known of their connections, while their identities are locked.

use std::collections::HashSet;
use std::sync::LazyLock;

use deskledger_domain::{ConnectionEvent, ProjectId};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::columns::{self, Column, changed, incoming, with};
use super::known::transaction_of;
use crate::count::Changes;
use crate::moment::{Micros, Moment};

/// Changes records. One whose start changes moves to where that belongs. The last two values are a range that holds all starts, by
/// which the plan leaves out partitions.
static CHANGE: LazyLock<String> = LazyLock::new(|| {
    let others = ["known_start"];
    let least = columns::value_behind(others.len());
    format!(
        "UPDATE connection_records AS known SET {} FROM {} \
        WHERE known.project_id = $1 AND known.transaction_id = incoming.transaction_id \
            AND known.connection_start_time = incoming.known_start \
            AND known.connection_start_time BETWEEN ${least} AND ${} \
        RETURNING known.transaction_id, incoming.known_start AS earlier, known.connection_start_time AS later",
        changed(|column| format!("{column} = coalesce(incoming.{column}, known.{column})")),
        incoming(&others),
        least + 1,
    )
});

/// Makes records of what was known without a start.
static COMPLETE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO connection_records (project_id, transaction_id, {}) \
        SELECT known.project_id, known.transaction_id, {} FROM {} JOIN incomplete_records AS known \
            ON known.project_id = $1 AND known.transaction_id = incoming.transaction_id \
        RETURNING transaction_id, connection_start_time AS earlier, connection_start_time AS later",
        changed(str::to_owned),
        changed(|column| format!("coalesce(incoming.{column}, known.{column})")),
        incoming(&[]),
    )
});

const FORGET: &str = "DELETE FROM incomplete_records AS known USING unnest($2) AS incoming (transaction_id) \
    WHERE known.project_id = $1 AND known.transaction_id = incoming.transaction_id";

/// Keeps what is known of connections without a start.
static KEEP: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO incomplete_records AS known (project_id, transaction_id, {}) \
        SELECT $1, incoming.transaction_id, {} FROM {} \
        ON CONFLICT (project_id, transaction_id) DO UPDATE SET received_at = EXCLUDED.received_at, {}",
        changed(str::to_owned),
        changed(|column| format!("incoming.{column}")),
        incoming(&[]),
        changed(|column| format!("{column} = coalesce(EXCLUDED.{column}, known.{column})")),
    )
});

/// Where a record was, and where it is.
#[derive(QueryableByName)]
struct Moved {
    #[diesel(sql_type = Text)]
    transaction_id: String,
    #[diesel(sql_type = Micros)]
    earlier: Moment,
    #[diesel(sql_type = Micros)]
    later: Moment,
}

/// Changes records by events, each with the start that its record has, and returns the events whose records are gone.
pub(super) fn change<'e>(
    connection: &mut PgConnection,
    project: &ProjectId,
    events: Vec<(&'e ConnectionEvent, Moment)>,
    changes: &mut Changes,
) -> QueryResult<Vec<&'e ConnectionEvent>> {
    let (batch, starts): (Vec<_>, Vec<_>) = events.into_iter().unzip();
    let times = || starts.iter().map(|start| start.0);
    let (Some(least), Some(most)) = (times().min(), times().max()) else {
        return Ok(Vec::new());
    };
    let mut columns = columns::of(&batch);
    columns.push(Column::Time(starts.iter().copied().map(Some).collect()));
    let moved: Vec<Moved> = with(&CHANGE, project, &columns)
        .bind::<Micros, _>(Moment(least))
        .bind::<Micros, _>(Moment(most))
        .load(connection)?;
    for Moved { earlier, later, .. } in &moved {
        changes.add(project.as_str(), earlier.0, -1);
        changes.add(project.as_str(), later.0, 1);
    }
    Ok(without(batch, &moved))
}

/// Makes records of connections of which something was known, by events that have a start, and returns the events of which that is
/// gone.
pub(super) fn complete<'e>(
    connection: &mut PgConnection,
    project: &ProjectId,
    batch: Vec<&'e ConnectionEvent>,
    changes: &mut Changes,
) -> QueryResult<Vec<&'e ConnectionEvent>> {
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let columns = columns::of(&batch);
    let added: Vec<Moved> = with(&COMPLETE, project, &columns).load(connection)?;
    for Moved { later, .. } in &added {
        changes.add(project.as_str(), later.0, 1);
    }
    let transactions = [columns::transactions_of(&batch)];
    with(FORGET, project, &transactions).execute(connection)?;
    Ok(without(batch, &added))
}

/// Keeps what events say that have no start, of connections that have no record.
pub(super) fn keep(
    connection: &mut PgConnection,
    project: &ProjectId,
    batch: &[&ConnectionEvent],
) -> QueryResult<()> {
    if batch.is_empty() {
        return Ok(());
    }
    let columns = columns::of(batch);
    with(&KEEP, project, &columns)
        .execute(connection)
        .map(|_| ())
}

/// The events of a batch that nothing was written of.
fn without<'e>(mut batch: Vec<&'e ConnectionEvent>, written: &[Moved]) -> Vec<&'e ConnectionEvent> {
    let written: HashSet<_> = written
        .iter()
        .map(|row| row.transaction_id.as_str())
        .collect();
    batch.retain(|event| !written.contains(transaction_of(event)));
    batch
}
