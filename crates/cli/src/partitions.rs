use chrono::{DateTime, Utc};
use clap::Args;
use deskledger_domain::{Clock, format_time};
use deskledger_settings::Settings;
use deskledger_store::{
    Cancellation, DatabaseKind, PartitionStatus, PartitionsMade, RecordStore, Use, WantedMonths,
    months_of_partitions,
};
use indicatif::HumanBytes;
use serde_json::json;

use crate::database::open_existing;
use crate::failure::{EXIT_CODES, Failure};
use crate::lines::Lines;
use crate::output::{notify, print_line};
use crate::table::Table;
use crate::{progress, value};

/// How a month is written.
const MONTH: &str = "%Y-%m";

#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
#[command(long_about = "\
List the partitions of the records, or make those of months that are past.

PostgreSQL keeps the records of each month in a partition, so that old ones can be dropped at once. The service makes those of the \
next months by itself, and `import` those of what it reads. Everything else lies in a partition that is open at the beginning, or \
at the end. This command divides that: --from makes a partition for every month from that one on. The role of database.url must own the \
tables.

What lies there already moves. More than a few records are copied, while the service goes on; the copies take as much of the disk \
until the command ends. Interrupted, it leaves everything as it was, and what it had copied is removed by the next command or by \
the service. SQLite has no partitions.")]
pub(crate) struct Partitions {
    /// Make a partition for each month from this one on, such as 2023-01. Without it, and without --until, the partitions
    /// are listed.
    #[arg(long, value_name = "MONTH", value_parser = value::month)]
    from: Option<DateTime<Utc>>,

    /// Make those of the months to come too, up to this one, which is not among them.
    #[arg(long, value_name = "MONTH", value_parser = value::month)]
    until: Option<DateTime<Utc>>,

    /// Print one JSON object in place of the lines.
    #[arg(long)]
    json: bool,
}

impl Partitions {
    /// Lists partitions, or makes them.
    pub(crate) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        let now = Clock::system().now();
        self.check(now)?;
        let store = open_existing(settings, Use::Export)?;
        if store.kind() == DatabaseKind::Sqlite {
            notify("SQLite has no partitions: there is nothing to make, and deleting needs none");
        }
        let made = if self.from.is_some() || self.until.is_some() {
            Some(self.make(&*store, now)?)
        } else {
            None
        };
        match (made, self.json) {
            (Some(made), true) => print_line(json!({ "made_partitions": made })),
            (Some(made), false) => {
                for name in &made {
                    print_line(format_args!("made the partition {name}"))?;
                }
                if made.is_empty() && store.kind() != DatabaseKind::Sqlite {
                    print_line("every month has its partition")?;
                }
                Ok(())
            }
            (None, is_json) => {
                let partitions = store.retention().partitions().map_err(Failure::new)?;
                if is_json {
                    return print_line(json!({ "partitions": objects(&partitions) }));
                }
                print(&partitions)
            }
        }
    }

    /// Refuses months that may have no partition, before anything is done.
    fn check(&self, now: DateTime<Utc>) -> Result<(), Failure> {
        let allowed = months_of_partitions(now);
        let (first, end) = (allowed.start.format(MONTH), allowed.end.format(MONTH));
        match (self.from, self.until) {
            (Some(from), _) if from < allowed.start => Err(Failure::usage(format!(
                "--from {}: months before {first} have no partition of their own; their records lie in the one that is open",
                from.format(MONTH)
            ))),
            (_, Some(until)) if until > allowed.end => Err(Failure::usage(format!(
                "--until {}: months from {end} on have no partition of their own yet",
                until.format(MONTH)
            ))),
            (Some(from), until) if from >= until.unwrap_or(allowed.end) => Err(Failure::usage(
                "--from must be a month before --until, and before those to come",
            )),
            _ => Ok(()),
        }
    }

    fn make(&self, store: &dyn RecordStore, now: DateTime<Utc>) -> Result<Vec<String>, Failure> {
        let wanted = WantedMonths {
            now,
            from: self.from,
            starts: Vec::new(),
            until: self.until,
            however_many: true,
        };
        let bar = progress::of_copies();
        let made = store.retention().make_months(
            &wanted,
            &mut |copied| bar.set_position(copied),
            &Cancellation::new(),
        );
        bar.finish_and_clear();
        match made.map_err(Failure::new)? {
            PartitionsMade::Made(names) => Ok(names),
            PartitionsMade::Filled(partition) => Err(Failure::usage(format!(
                "{partition} holds more than a few records, and in shards they do not move: there a month is made before it is filled"
            ))),
            _ => Err(Failure::usage(
                "the role of database.url may make no partitions: it must own connection_records and may have to be granted CREATE \
                on its schema",
            )),
        }
    }
}

fn objects(partitions: &[PartitionStatus]) -> Vec<serde_json::Value> {
    let object = |partition: &PartitionStatus| {
        json!({
            "name": partition.name,
            "from": partition.start.map(format_time),
            "until": partition.end.map(format_time),
            "records": partition.records,
            "bytes": partition.bytes,
        })
    };
    partitions.iter().map(object).collect()
}

fn print(partitions: &[PartitionStatus]) -> Result<(), Failure> {
    if partitions.is_empty() {
        return Ok(());
    }
    let month = |time: Option<DateTime<Utc>>| {
        time.map_or_else(String::new, |time| time.format(MONTH).to_string())
    };
    let rows: Vec<_> = partitions
        .iter()
        .map(|partition| {
            [
                partition.name.clone(),
                month(partition.start),
                month(partition.end),
                partition.records.to_string(),
                HumanBytes(partition.bytes).to_string(),
            ]
        })
        .collect();
    let mut lines = Lines::begin()?;
    Table::new(["partition", "from", "until", "records", "size"]).print(&rows, &mut lines)?;
    lines.flush()
}
