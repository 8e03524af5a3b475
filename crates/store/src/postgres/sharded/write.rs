//! Writing events of connections of which something may be known, project by project.
//!
//! A batch travels as arrays, a column each: every statement names one project and so reaches one shard, and the server that
//! plans it there knows how many rows they are. Whatever decides something is a row that a statement returns.

use std::borrow::Cow;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use deskledger_domain::ConnectionEvent;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::result::Error as DieselError;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Text};

use crate::count::{Changes, postgres as count};
use crate::moment::{Micros, Moment};
use crate::postgres::Count;
use crate::record::{column_names, key};

/// One column of a batch.
enum Column<'e> {
    Text(Vec<Option<Cow<'e, str>>>),
    Time(Vec<Option<Moment>>),
    Boolean(Vec<Option<bool>>),
    Integer(Vec<Option<i32>>),
}

/// The columns of events, in the order of [`COLUMNS`].
macro_rules! columns {
    (($events:ident) $($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => {
        vec![$(columns!(@ $kind $events, $field)),+]
    };
    (@ Key $events:ident, $field:ident) => {
        Column::Text($events.iter().map(|event| Some(Cow::Borrowed(event.$field))).collect())
    };
    (@ Text $events:ident, $field:ident) => {
        Column::Text($events.iter().map(|event| event.$field.map(Cow::Borrowed)).collect())
    };
    (@ Start $events:ident, $field:ident) => { columns!(@ Time $events, $field) };
    (@ Time $events:ident, $field:ident) => {
        Column::Time($events.iter().map(|event| event.$field.map(Moment)).collect())
    };
    (@ Boolean $events:ident, $field:ident) => {
        Column::Boolean($events.iter().map(|event| event.$field).collect())
    };
    (@ Integer $events:ident, $field:ident) => {
        Column::Integer($events.iter().map(|event| event.$field).collect())
    };
}

/// What is written of a connection: all columns but the project.
static COLUMNS: LazyLock<Vec<&'static str>> = LazyLock::new(|| column_names().split_off(1));

/// The columns that a merge changes: all but what identifies the connection.
fn merged(item: impl Fn(&str) -> String) -> String {
    let merged = COLUMNS.iter().filter(|column| **column != "transaction_id");
    merged
        .map(|column| item(column))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The identities that are new are added, and those that are known are locked, in the order of every other writer. What is
/// returned is new.
const LOCK: &str = "INSERT INTO connection_identities AS known (project_id, transaction_id, connection_start_time) \
    SELECT $1, transaction_id, start FROM unnest($2, $3) AS incoming (transaction_id, start) \
    ON CONFLICT (project_id, transaction_id) DO UPDATE SET connection_start_time = NULL WHERE FALSE \
    RETURNING 1::bigint AS count";

const DELETE_INCOMPLETE: &str = "DELETE FROM incomplete_records AS known USING unnest($2, $3) AS incoming (transaction_id, start) \
    WHERE known.project_id = $1 AND known.transaction_id = incoming.transaction_id AND incoming.start IS NOT NULL";

const IDENTIFY: &str = "UPDATE connection_identities AS identity SET connection_start_time = incoming.start \
    FROM unnest($2, $3) AS incoming (transaction_id, start) \
    WHERE identity.project_id = $1 AND identity.transaction_id = incoming.transaction_id \
        AND incoming.start IS NOT NULL AND identity.connection_start_time IS DISTINCT FROM incoming.start";

/// The batch, joined with the identities of its connections.
static INCOMING: LazyLock<String> = LazyLock::new(|| {
    let arrays: Vec<_> = (2..COLUMNS.len() + 2)
        .map(|index| format!("${index}"))
        .collect();
    format!(
        "unnest({}) AS incoming ({}) JOIN connection_identities AS identity \
            ON identity.project_id = $1 AND identity.transaction_id = incoming.transaction_id",
        arrays.join(", "),
        COLUMNS.join(", ")
    )
});

/// Changes the records that are there. A record whose start changes moves to where that belongs.
static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let value = |column: &str| format!("coalesce(incoming.{column}, known.{column})");
    format!(
        "UPDATE connection_records AS known SET {} FROM {} \
        WHERE known.project_id = $1 AND known.transaction_id = identity.transaction_id \
            AND known.connection_start_time = identity.connection_start_time \
            AND ({}) IS DISTINCT FROM ({}) \
        RETURNING identity.connection_start_time AS earlier, known.connection_start_time AS later",
        merged(|column| format!("{column} = {}", value(column))),
        *INCOMING,
        merged(|column| format!("known.{column}")),
        merged(value),
    )
});

/// Adds the records that are not there. The identity may be of one that is not kept any more.
static INSERT: LazyLock<String> = LazyLock::new(|| {
    const START: &str = "coalesce(incoming.connection_start_time, identity.connection_start_time)";
    format!(
        "INSERT INTO connection_records (project_id, transaction_id, {}) \
        SELECT identity.project_id, incoming.transaction_id, {} FROM {} \
            LEFT JOIN incomplete_records AS known \
                ON known.project_id = identity.project_id AND known.transaction_id = incoming.transaction_id \
        WHERE {START} IS NOT NULL AND NOT EXISTS (\
            SELECT 1 FROM connection_records AS record \
            WHERE record.project_id = identity.project_id AND record.transaction_id = incoming.transaction_id \
                AND record.connection_start_time = {START}) \
        RETURNING connection_start_time AS earlier, connection_start_time AS later",
        merged(str::to_owned),
        merged(|column| match column {
            "connection_start_time" => START.to_owned(),
            column => format!("coalesce(incoming.{column}, known.{column})"),
        }),
        *INCOMING,
    )
});

/// Keeps what is known of connections without a start. An identity without one is found by its key, not by what it lacks.
static KEEP: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO incomplete_records AS known (project_id, transaction_id, {}) \
        SELECT identity.project_id, incoming.transaction_id, {} FROM {} \
        WHERE coalesce(incoming.connection_start_time, identity.connection_start_time, 'infinity') = 'infinity' \
        ON CONFLICT (project_id, transaction_id) DO UPDATE SET received_at = EXCLUDED.received_at, {}",
        merged(str::to_owned),
        merged(|column| format!("incoming.{column}")),
        *INCOMING,
        merged(|column| format!("{column} = coalesce(EXCLUDED.{column}, known.{column})")),
    )
});

/// Where a record was, and where it is.
#[derive(QueryableByName)]
struct Moved {
    #[diesel(sql_type = Micros)]
    earlier: Moment,
    #[diesel(sql_type = Micros)]
    later: Moment,
}

/// Writes events in the order of project and `transaction_id`, one for each connection, whatever is known of them. How many
/// connections are new.
pub(in crate::postgres) fn write(
    connection: &mut PgConnection,
    events: &[&ConnectionEvent],
) -> QueryResult<usize> {
    let mut changes = Changes::default();
    let mut inserted = 0;
    for batch in events.chunk_by(|a, b| a.project_id() == b.project_id()) {
        inserted += merge(connection, batch, &mut changes)?;
    }
    // The numbers of records come last, as in every transaction: nobody holds one and waits for anything else.
    count::store(connection, &changes)?;
    Ok(inserted)
}

/// Writes events of one project. While the identities are locked, each connection is in at most one of the two tables.
fn merge(
    connection: &mut PgConnection,
    batch: &[&ConnectionEvent],
    changes: &mut Changes,
) -> QueryResult<usize> {
    let Some(project) = batch.first().map(|event| event.project_id().as_str()) else {
        return Ok(0);
    };
    let columns = columns_of(batch);
    let keys = keys_of(batch);
    let new: Vec<Count> = with(LOCK, project, &keys).load(connection)?;
    if new.len() > batch.len() {
        return Err(DieselError::DeserializationError(
            "more connections are new than were written".into(),
        ));
    }
    let is_known = new.len() < batch.len();
    let has_start = |event: &&ConnectionEvent| event.fields().connection_start_time.is_some();
    if is_known {
        let moved: Vec<Moved> = with(&UPDATE, project, &columns).load(connection)?;
        for Moved { earlier, later } in moved {
            changes.add(project, earlier.0, -1);
            changes.add(project, later.0, 1);
        }
    }
    if is_known || batch.iter().any(has_start) {
        let added: Vec<Moved> = with(&INSERT, project, &columns).load(connection)?;
        for Moved { later, .. } in added {
            changes.add(project, later.0, 1);
        }
    }
    if is_known && batch.iter().any(has_start) {
        with(DELETE_INCOMPLETE, project, &keys).execute(connection)?;
    }
    if !batch.iter().all(has_start) {
        with(&KEEP, project, &columns).execute(connection)?;
    }
    if is_known && batch.iter().any(has_start) {
        with(IDENTIFY, project, &keys).execute(connection)?;
    }
    Ok(new.len())
}

/// A statement with a project and columns for its values.
fn with<'v>(
    statement: &'v str,
    project: &'v str,
    columns: &'v [Column<'_>],
) -> BoxedSqlQuery<'v, Pg, SqlQuery> {
    let mut statement = diesel::sql_query(statement)
        .into_boxed::<Pg>()
        .bind::<Text, _>(project);
    for column in columns {
        statement = match column {
            Column::Text(values) => statement.bind::<Array<Nullable<Text>>, _>(values),
            Column::Time(values) => statement.bind::<Array<Nullable<Micros>>, _>(values),
            Column::Boolean(values) => statement.bind::<Array<Nullable<Bool>>, _>(values),
            Column::Integer(values) => statement.bind::<Array<Nullable<Integer>>, _>(values),
        };
    }
    statement
}

fn columns_of<'e>(batch: &[&'e ConnectionEvent]) -> Vec<Column<'e>> {
    let events: Vec<_> = batch.iter().map(|event| event.as_ref()).collect();
    let mut columns = deskledger_domain::record_fields!([columns](events));
    let keys = [
        |event: &Event<'_>| event.user_name_key(),
        |event: &Event<'_>| event.computer_name_key(),
        |event: &Event<'_>| event.terminal_type_key(),
    ];
    for key_of in keys {
        let keys = events.iter().map(|event| key_of(event));
        columns.push(Column::Text(
            keys.map(|key| key.as_ref().map(key::stored).map(Cow::Owned))
                .collect(),
        ));
    }
    columns
}

type Event<'e> = deskledger_domain::RecordRef<'e, Option<DateTime<Utc>>>;

/// The transactions and their starts.
fn keys_of<'e>(batch: &[&'e ConnectionEvent]) -> [Column<'e>; 2] {
    let fields = || batch.iter().map(|event| event.fields());
    let transactions = fields().map(|fields| Some(Cow::Borrowed(fields.transaction_id.as_str())));
    let starts = fields().map(|fields| fields.connection_start_time.map(Moment));
    [
        Column::Text(transactions.collect()),
        Column::Time(starts.collect()),
    ]
}
