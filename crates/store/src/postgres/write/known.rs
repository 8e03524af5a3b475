//! What is known of connections before anything is written of them, without a lock.
//!
//! An event that would change nothing needs none: as far as writers go that come at the same time, it came before them.

use std::sync::LazyLock;

use deskledger_domain::{ConnectionEvent, RecordFields};
use diesel::connection::{DefaultLoadingMode, LoadConnection};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};

use crate::moment::{Micros, Moment};
use crate::postgres::read::borrow_row;

/// The identities that are there. `OFFSET 0` keeps the planner, who may know little of the tables, from anything but a look into
/// the index for each.
const IDENTITIES: &str = "SELECT key.number, identity.connection_start_time AS start \
    FROM unnest($2) WITH ORDINALITY AS key (transaction_id, number), \
        LATERAL (SELECT connection_start_time FROM connection_identities AS known \
            WHERE known.project_id = $1 AND known.transaction_id = key.transaction_id OFFSET 0) AS identity";

/// The records with these starts, which are all in a range, so that no more partitions are looked at.
static RECORDS: LazyLock<String> = LazyLock::new(|| {
    let fields: Vec<_> = RecordFields::ALL.iter().map(|field| field.name).collect();
    let fields = fields.join(", ");
    format!(
        "SELECT record.* FROM unnest($2, $3) AS key (transaction_id, start), \
            LATERAL (SELECT {fields} FROM connection_records AS known \
                WHERE known.project_id = $1 AND known.transaction_id = key.transaction_id \
                    AND known.connection_start_time = key.start \
                    AND known.connection_start_time >= $4 AND known.connection_start_time <= $5 OFFSET 0) AS record"
    )
});

#[derive(QueryableByName)]
struct Identity {
    /// Which of those that were asked for, from 1.
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Nullable<Micros>)]
    start: Option<Moment>,
}

/// What a look at a batch found.
pub(super) struct Known<'e> {
    /// The events that say something new, in the order in which they were.
    pub(super) rest: Vec<&'e ConnectionEvent>,
    /// Whether nothing was known of any of their connections.
    pub(super) is_rest_new: bool,
}

/// Looks for what events say, which are in the order of project and `transaction_id`, one for each connection.
pub(super) fn look<'e>(
    connection: &mut PgConnection,
    events: &[&'e ConnectionEvent],
) -> QueryResult<Known<'e>> {
    let mut rest = Vec::with_capacity(events.len());
    let mut known = 0;
    for group in events.chunk_by(|a, b| a.project_id() == b.project_id()) {
        let identities = identities(connection, group)?;
        known += identities.len();
        if identities.is_empty() {
            rest.extend(group);
            continue;
        }
        let mut is_said = vec![false; group.len()];
        said(connection, group, &identities, &mut is_said)?;
        let said = is_said.iter().filter(|said| **said).count();
        known -= said;
        let events = group.iter().zip(is_said);
        rest.extend(events.filter_map(|(event, is_said)| (!is_said).then_some(*event)));
    }
    Ok(Known {
        rest,
        is_rest_new: known == 0,
    })
}

fn identities(
    connection: &mut PgConnection,
    group: &[&ConnectionEvent],
) -> QueryResult<Vec<Identity>> {
    let Some(first) = group.first() else {
        return Ok(Vec::new());
    };
    let transactions: Vec<_> = group.iter().map(|event| transaction(event)).collect();
    diesel::sql_query(IDENTITIES)
        .bind::<Text, _>(first.project_id().as_str())
        .bind::<Array<Text>, _>(transactions)
        .load(connection)
}

/// Notes which events of one project say what their records say already.
fn said(
    connection: &mut PgConnection,
    group: &[&ConnectionEvent],
    identities: &[Identity],
    is_said: &mut [bool],
) -> QueryResult<()> {
    let mut transactions = Vec::with_capacity(identities.len());
    let mut starts = Vec::with_capacity(identities.len());
    for Identity { number, start } in identities {
        let index = usize::try_from(number - 1).ok();
        // Without a start there is no record, and a start that changes is something new.
        if let Some(event) = index.and_then(|index| group.get(index))
            && let Some(start) = start
            && event
                .fields()
                .connection_start_time
                .is_none_or(|said| said == start.0)
        {
            transactions.push(transaction(event));
            starts.push(*start);
        }
    }
    let least = starts.iter().min_by_key(|start| start.0).copied();
    let most = starts.iter().max_by_key(|start| start.0).copied();
    let (Some(first), Some(least), Some(most)) = (group.first(), least, most) else {
        return Ok(());
    };
    let project = first.project_id();
    let query = diesel::sql_query(RECORDS.as_str())
        .bind::<Text, _>(project.as_str())
        .bind::<Array<Text>, _>(transactions)
        .bind::<Array<Micros>, _>(starts)
        .bind::<Micros, _>(least)
        .bind::<Micros, _>(most);
    for row in LoadConnection::<DefaultLoadingMode>::load(connection, query)? {
        // A record that is not valid is written anew.
        let _ = borrow_row(project, &row?, |record| {
            let index =
                group.binary_search_by(|event| transaction(event).cmp(record.transaction_id));
            if let Ok(index) = index {
                is_said[index] = record.says(&group[index].as_ref());
            }
            Ok(())
        });
    }
    Ok(())
}

fn transaction(event: &ConnectionEvent) -> &str {
    &event.fields().transaction_id
}
