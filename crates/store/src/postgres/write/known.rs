//! What is known of the connections of events of one project, which are in the order of `transaction_id`, one for each.

use std::collections::HashSet;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use deskledger_domain::{ConnectionEvent, ProjectId, RecordFields};
use diesel::connection::{DefaultLoadingMode, LoadConnection};
use diesel::deserialize::FromSql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::row::{Field as _, Row};
use diesel::sql_types::{Array, BigInt, Text};

use super::identity::{self, Identity};
use crate::moment::{Micros, Moment};
use crate::postgres::read::borrow_row;
use crate::record::FIELDS;

/// The records of connections, each with the number of its key, from 1. `OFFSET 0` keeps the planner, who may know little of the
/// tables, from anything but a look into the index for each key.
fn records(keys: &str, condition: &str) -> String {
    let fields: Vec<_> = RecordFields::ALL.iter().map(|field| field.name).collect();
    let fields = fields.join(", ");
    format!(
        "SELECT {fields}, key.number, record.connection_start_time AS start \
        FROM unnest({keys}, number), LATERAL (SELECT {fields} FROM connection_records AS known \
            WHERE known.project_id = $1 AND known.transaction_id = key.connection{condition} OFFSET 0) AS record"
    )
}

/// Those with certain starts, which are all in a range, so that no more partitions are looked at.
static WITH_START: LazyLock<String> = LazyLock::new(|| {
    records(
        "$2, $3) WITH ORDINALITY AS key (connection, began",
        " AND known.connection_start_time = key.began \
        AND known.connection_start_time >= $4 AND known.connection_start_time <= $5",
    )
});

/// Those with any start. Each partition is looked at for each of them, so few are looked for.
static ANYWHERE: LazyLock<String> =
    LazyLock::new(|| records("$2) WITH ORDINALITY AS key (connection", ""));

/// Which connections have no record yet, by the numbers of their keys.
const INCOMPLETE: &str = "SELECT key.number FROM unnest($2) WITH ORDINALITY AS key (connection, number), \
    LATERAL (SELECT 1 FROM incomplete_records AS known \
        WHERE known.project_id = $1 AND known.transaction_id = key.connection OFFSET 0) AS record";

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// What is known of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Nothing,
    /// There is a record with this start, which may be another one than that of the event.
    Record {
        start: Moment,
        /// Whether it says all that the event says.
        is_said: bool,
    },
    /// There is something, but no start.
    Incomplete,
}

/// What a look without a lock found: what came at the same time may be known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Glance {
    Nothing,
    /// A record says what the event says. For other writers, the event came before them.
    Said,
    Something,
}

struct Look<'l, 'e> {
    connection: &'l mut PgConnection,
    project: &'l ProjectId,
    batch: &'l [&'e ConnectionEvent],
    identities: Vec<Identity>,
    known: Vec<Known>,
}

/// Looks for what is known without a lock.
pub(super) fn glance(
    connection: &mut PgConnection,
    project: &ProjectId,
    batch: &[&ConnectionEvent],
) -> QueryResult<Vec<Glance>> {
    let mut look = Look::new(connection, project, batch)?;
    // A start that changes is something new, whatever the record says.
    look.with_starts(|start, event| start_of(event).is_none_or(|said| said == start.0))?;
    look.anywhere(|_, identity, event| identity == Identity::Unknown && start_of(event).is_none())?;
    let glances = look.known.iter().zip(&look.identities);
    Ok(glances
        .map(|(known, identity)| match (known, identity) {
            (Known::Record { is_said: true, .. }, _) => Glance::Said,
            (Known::Nothing, Identity::Unknown) => Glance::Nothing,
            _ => Glance::Something,
        })
        .collect())
}

/// Looks for what is known of connections whose identities are locked, those of `new` transactions since a moment ago. The identity
/// of each comes with it.
pub(super) fn look(
    connection: &mut PgConnection,
    project: &ProjectId,
    batch: &[&ConnectionEvent],
    new: &HashSet<String>,
) -> QueryResult<Vec<(Known, Identity)>> {
    let mut look = Look::new(connection, project, batch)?;
    look.with_starts(|_, _| true)?;
    look.anywhere(|known, identity, event| {
        let (is_new, start) = (new.contains(transaction_of(event)), start_of(event));
        match (known, identity) {
            // The position that it moves to may hold another record of the connection, from when it had another identity.
            (Known::Record { start: known, .. }, _) => start.is_some_and(|start| start != known.0),
            // It is older than any identity, or its month is gone.
            (_, Identity::Started(_)) => !is_new,
            _ => is_new && start.is_none(),
        }
    })?;
    look.incomplete(|event| !new.contains(transaction_of(event)))?;
    Ok(look.known.into_iter().zip(look.identities).collect())
}

impl<'l, 'e> Look<'l, 'e> {
    fn new(
        connection: &'l mut PgConnection,
        project: &'l ProjectId,
        batch: &'l [&'e ConnectionEvent],
    ) -> QueryResult<Self> {
        let transactions: Vec<_> = batch.iter().map(|event| transaction_of(event)).collect();
        let identities = identity::find(connection, project, &transactions)?;
        Ok(Self {
            connection,
            project,
            batch,
            identities,
            known: vec![Known::Nothing; batch.len()],
        })
    }

    /// Looks for the records with the starts that the identities say.
    fn with_starts(
        &mut self,
        is_wanted: impl Fn(Moment, &ConnectionEvent) -> bool,
    ) -> QueryResult<()> {
        let events = self.batch.iter().zip(&self.identities).enumerate();
        let (indexes, starts): (Vec<_>, Vec<_>) = events
            .filter_map(|(index, (event, identity))| match *identity {
                Identity::Started(start) if is_wanted(start, event) => Some((index, start)),
                _ => None,
            })
            .unzip();
        let least = starts.iter().min_by_key(|start| start.0).copied();
        let most = starts.iter().max_by_key(|start| start.0).copied();
        let (Some(least), Some(most)) = (least, most) else {
            return Ok(());
        };
        let query = diesel::sql_query(WITH_START.as_str())
            .into_boxed::<Pg>()
            .bind::<Text, _>(self.project.as_str())
            .bind::<Array<Text>, _>(self.transactions(&indexes))
            .bind::<Array<Micros>, _>(starts)
            .bind::<Micros, _>(least)
            .bind::<Micros, _>(most);
        self.note(query, &indexes)
    }

    /// Looks for the records of connections in all partitions.
    fn anywhere(
        &mut self,
        is_wanted: impl Fn(Known, Identity, &ConnectionEvent) -> bool,
    ) -> QueryResult<()> {
        let wanted = |index: &usize| {
            is_wanted(
                self.known[*index],
                self.identities[*index],
                self.batch[*index],
            )
        };
        let indexes: Vec<_> = (0..self.batch.len()).filter(wanted).collect();
        if indexes.is_empty() {
            return Ok(());
        }
        let query = diesel::sql_query(ANYWHERE.as_str())
            .into_boxed::<Pg>()
            .bind::<Text, _>(self.project.as_str())
            .bind::<Array<Text>, _>(self.transactions(&indexes));
        self.note(query, &indexes)
    }

    /// Notes the records of events with these indexes. Of several of one connection, the one with the start of the event counts,
    /// else that of its identity, else the newest.
    fn note(
        &mut self,
        query: BoxedSqlQuery<'_, Pg, SqlQuery>,
        indexes: &[usize],
    ) -> QueryResult<()> {
        for row in LoadConnection::<DefaultLoadingMode>::load(self.connection, query)? {
            let row = row?;
            let number: i64 = column::<BigInt, _>(&row, FIELDS)?;
            let start: Moment = column::<Micros, _>(&row, FIELDS + 1)?;
            let Some(index) = super::index(number).and_then(|index| indexes.get(index).copied())
            else {
                continue;
            };
            let (event, identity) = (self.batch[index], self.identities[index]);
            let rank = |start: Moment| {
                let is_said = start_of(event) == Some(start.0);
                (is_said, identity == Identity::Started(start), start.0)
            };
            if let Known::Record { start: other, .. } = self.known[index]
                && rank(other) >= rank(start)
            {
                continue;
            }
            let is_said = start_of(event).is_none_or(|said| said == start.0)
                // A record that is not valid says nothing, and is written anew.
                && borrow_row(self.project, &row, |record| Ok(record.says(&event.as_ref())))
                    .unwrap_or(false);
            self.known[index] = Known::Record { start, is_said };
        }
        Ok(())
    }

    /// Looks which connections have no record yet, of those that have none by now.
    fn incomplete(&mut self, may_be: impl Fn(&ConnectionEvent) -> bool) -> QueryResult<()> {
        let events = self.batch.iter().enumerate();
        let wanted =
            events.filter(|(index, event)| self.known[*index] == Known::Nothing && may_be(event));
        let indexes: Vec<_> = wanted.map(|(index, _)| index).collect();
        if indexes.is_empty() {
            return Ok(());
        }
        let found: Vec<Number> = diesel::sql_query(INCOMPLETE)
            .bind::<Text, _>(self.project.as_str())
            .bind::<Array<Text>, _>(self.transactions(&indexes))
            .load(self.connection)?;
        for Number { number } in found {
            if let Some(index) = super::index(number).and_then(|index| indexes.get(index)) {
                self.known[*index] = Known::Incomplete;
            }
        }
        Ok(())
    }

    fn transactions(&self, indexes: &[usize]) -> Vec<&'e str> {
        let events = indexes.iter().map(|index| self.batch[*index]);
        events.map(transaction_of).collect()
    }
}

pub(super) fn start_of(event: &ConnectionEvent) -> Option<DateTime<Utc>> {
    event.fields().connection_start_time
}

pub(super) fn transaction_of(event: &ConnectionEvent) -> &str {
    &event.fields().transaction_id
}

/// A value of a row that is never NULL.
fn column<'r, S, T>(row: &impl Row<'r, Pg>, index: usize) -> QueryResult<T>
where
    T: FromSql<S, Pg>,
{
    let field = row.get(index).ok_or(diesel::result::Error::NotFound)?;
    T::from_nullable_sql(field.value()).map_err(diesel::result::Error::DeserializationError)
}
