//! One partition becomes several, whatever it holds.

use std::collections::BTreeSet;
use std::iter;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::{
    EARLIER, Layout, MONTHS_AHEAD, Month, Partition, RECORDS, alone, busy, copying, has_more_than,
    in_use, list, lock, make_until, may_change,
};
use crate::retention::{WantedMonths, months_of_partitions};
use crate::{Cancellation, PartitionsMade};

/// How many records move while nobody uses the table.
const FEW: u32 = 10_000;

/// How many months are made at once where few records move, so that nobody waits for long.
const MONTHS_AT_ONCE: usize = 12;

/// How often the table is asked for where it is in use, and how long nobody asks in between.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// What a part of a divided partition becomes.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    /// Its range; `None` where that is open.
    pub(super) start: Option<DateTime<Utc>>,
    pub(super) end: Option<DateTime<Utc>>,
}

/// Makes the partitions of all months that are wanted.
pub(crate) fn make_months(
    connection: &mut PgConnection,
    layout: Layout,
    wanted: &WantedMonths,
    moved: &mut dyn FnMut(u64),
    cancellation: &Cancellation,
) -> QueryResult<PartitionsMade> {
    let allowed = months_of_partitions(wanted.now);
    let within = |time: DateTime<Utc>| Month::of(time.clamp(allowed.start, allowed.end));
    let mut made = Vec::new();
    if wanted.from.is_some() || wanted.until.is_some() {
        let ahead = Month::of(wanted.now).after(MONTHS_AHEAD);
        let until = wanted.until.map_or(ahead, |until| within(until).max(ahead));
        match again_while_in_use(cancellation, || {
            make_until(connection, layout, wanted.now, until)
        })? {
            PartitionsMade::Made(names) => made.extend(names),
            other => return Ok(other),
        }
    }
    let months = Months {
        from: wanted.from.map(within),
        others: wanted
            .starts
            .iter()
            .filter(|start| allowed.contains(start))
            .map(|start| Month::of(*start))
            .collect(),
    };
    while let Some((partition, wanted_in_it)) = latest(connection, &months)? {
        if cancellation.is_cancelled() {
            break;
        }
        if !may_change(connection)? {
            return Ok(PartitionsMade::NotAllowed);
        }
        let has_few = has_few(connection, &partition)?;
        // Many move while others write, which takes a trigger that notes what they change. A shard takes none.
        if !has_few && (!wanted.however_many || layout == Layout::Sharded) {
            return Ok(PartitionsMade::Filled(partition.name));
        }
        // A few records move again and again, so that only some months are made at once.
        let most = if has_few { MONTHS_AT_ONCE } else { usize::MAX };
        let begin = wanted_in_it.len().saturating_sub(most);
        let parts = parts(&partition, &wanted_in_it[begin..]);
        let done = if has_few {
            again_while_in_use(cancellation, || {
                at_once(connection, layout, &partition, &parts)
            })?
        } else {
            copying::divide(connection, &partition, &parts, moved, cancellation)?
        };
        if done {
            made.extend(wanted_in_it[begin..].iter().map(|month| month.partition()));
        }
    }
    made.sort_unstable();
    Ok(PartitionsMade::Made(made))
}

/// The months that are wanted, of those that may have a partition.
struct Months {
    from: Option<Month>,
    others: BTreeSet<Month>,
}

impl Months {
    /// Those that are not alone in a partition.
    fn in_partition(&self, partition: &Partition) -> Vec<Month> {
        let Some(end) = partition.end else {
            return Vec::new();
        };
        let start = partition.start.map(Month::of);
        if start.is_some_and(|start| start.after(1).start() >= end) {
            return Vec::new();
        }
        let is_within =
            |month: &Month| start.is_none_or(|start| start <= *month) && month.start() < end;
        let all = self.from.map(|from| {
            let first = start.map_or(from, |start| start.max(from));
            iter::successors(Some(first), |month| Some(month.after(1)))
                .take_while(|month| month.start() < end)
        });
        let others = self.others.iter().copied().filter(is_within);
        let wanted: BTreeSet<_> = all.into_iter().flatten().chain(others).collect();
        wanted.into_iter().collect()
    }
}

/// The latest partition that is to be divided, and which of its months are wanted.
fn latest(
    connection: &mut PgConnection,
    months: &Months,
) -> QueryResult<Option<(Partition, Vec<Month>)>> {
    let partitions = list(connection)?.into_iter().rev();
    let mut divided = partitions.map(|partition| {
        let wanted = months.in_partition(&partition);
        (partition, wanted)
    });
    Ok(divided.find(|(_, wanted)| !wanted.is_empty()))
}

/// What a partition becomes: each of these months, and what lies before, between and behind them.
fn parts(partition: &Partition, months: &[Month]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut until = partition.start;
    let rest = |parts: &mut Vec<Part>, start: Option<DateTime<Utc>>, end: DateTime<Utc>| {
        if start.is_none_or(|start| start < end) {
            let name =
                start.map_or_else(|| EARLIER.to_owned(), |start| Month::of(start).partition());
            let end = Some(end);
            parts.push(Part { name, start, end });
        }
    };
    for month in months {
        rest(&mut parts, until, month.start());
        until = Some(month.after(1).start());
        parts.push(Part {
            name: month.partition(),
            start: Some(month.start()),
            end: until,
        });
    }
    if let Some(end) = partition.end {
        rest(&mut parts, until, end);
    }
    parts
}

fn has_few(connection: &mut PgConnection, partition: &Partition) -> QueryResult<bool> {
    Ok(!has_more_than(connection, FEW, &partition.name)?)
}

/// Divides a partition with few records in one transaction; false where it is not what it was any more.
fn at_once(
    connection: &mut PgConnection,
    layout: Layout,
    partition: &Partition,
    parts: &[Part],
) -> QueryResult<bool> {
    let divided = alone(connection, |connection| {
        lock(connection, layout, RECORDS)?;
        if !is_still(connection, partition)? || !has_few(connection, partition)? {
            return Ok(false);
        }
        copying::prepare(connection, layout, parts)?;
        copying::copy_all(connection, partition)?;
        exchange(connection, layout, partition, parts)?;
        Ok(true)
    })?;
    divided.ok_or_else(|| busy("another process changes partitions"))
}

/// Whether a partition is what it was: another process may have been faster.
pub(super) fn is_still(connection: &mut PgConnection, partition: &Partition) -> QueryResult<bool> {
    let partitions = list(connection)?;
    Ok(partitions.iter().any(|other| {
        (&other.name, other.oid, other.start, other.end)
            == (
                &partition.name,
                partition.oid,
                partition.start,
                partition.end,
            )
    }))
}

/// Attaches the copies in the position of the partition. Nobody uses the table meanwhile.
pub(super) fn exchange(
    connection: &mut PgConnection,
    layout: Layout,
    partition: &Partition,
    parts: &[Part],
) -> QueryResult<()> {
    for statement in [
        format!(
            "ALTER TABLE connection_records DETACH PARTITION {}",
            partition.name
        ),
        format!("DROP TABLE {}", partition.name),
    ] {
        connection.batch_execute(&statement)?;
    }
    for (number, part) in parts.iter().enumerate() {
        copying::attach(connection, layout, number, part)?;
    }
    connection.batch_execute(&format!("DROP TABLE {}", copying::COPIES))
}

/// Does `work` again for some time, where it found the table in use.
pub(super) fn again_while_in_use<T>(
    cancellation: &Cancellation,
    mut work: impl FnMut() -> QueryResult<T>,
) -> QueryResult<T> {
    let mut attempt = 1;
    loop {
        let begin = Instant::now();
        match work() {
            Err(error)
                if in_use(&error, begin) && attempt < ATTEMPTS && !cancellation.is_cancelled() =>
            {
                attempt += 1;
                thread::sleep(PAUSE);
            }
            result => return result,
        }
    }
}
