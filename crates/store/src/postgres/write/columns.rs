//! A batch as arrays, a column each.
//!
//! Whatever a statement says of it, nothing of it is a literal, a statement reaches one shard where records lie in shards, and the
//! server that plans it knows how many rows they are.

use std::borrow::Cow;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use deskledger_domain::{ConnectionEvent, ProjectId, RecordRef};
use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, Bool, Integer, Nullable, Text};

use crate::moment::{Micros, Moment};
use crate::record::{column_names, key};

/// One column of a batch.
pub(super) enum Column<'e> {
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

/// The columns that an event changes, all but what identifies the connection, each as `item` says.
pub(super) fn changed(item: impl Fn(&str) -> String) -> String {
    let changed = COLUMNS.iter().filter(|column| **column != "transaction_id");
    let items: Vec<_> = changed.map(|column| item(column)).collect();
    items.join(", ")
}

/// A batch as the rows `incoming` of a statement, whose first value is the project. Behind the columns of an event come `others`.
pub(super) fn incoming(others: &[&str]) -> String {
    let names = [&COLUMNS[..], others].concat();
    let arrays: Vec<_> = (2..value_behind(others.len()))
        .map(|index| format!("${index}"))
        .collect();
    format!(
        "unnest({}) AS incoming ({})",
        arrays.join(", "),
        names.join(", ")
    )
}

/// The number of the first value behind those of [`incoming`].
pub(super) fn value_behind(others: usize) -> usize {
    2 + COLUMNS.len() + others
}

/// A statement with a project and columns for its values.
pub(super) fn with<'v>(
    statement: &'v str,
    project: &'v ProjectId,
    columns: &'v [Column<'_>],
) -> BoxedSqlQuery<'v, Pg, SqlQuery> {
    let mut statement = diesel::sql_query(statement)
        .into_boxed::<Pg>()
        .bind::<Text, _>(project.as_str());
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

type Event<'e> = RecordRef<'e, Option<DateTime<Utc>>>;

/// All columns of events.
pub(super) fn of<'e>(batch: &[&'e ConnectionEvent]) -> Vec<Column<'e>> {
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

/// The transactions of events alone.
pub(super) fn transactions_of<'e>(batch: &[&'e ConnectionEvent]) -> Column<'e> {
    let transactions = batch
        .iter()
        .map(|event| Some(Cow::Borrowed(event.fields().transaction_id.as_str())));
    Column::Text(transactions.collect())
}
