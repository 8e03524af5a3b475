use std::fmt::Display;

use chrono::{DateTime, SubsecRound as _, Utc};
use clap::Args;
use deskledger_domain::{Clock, format_time};
use deskledger_settings::{RetentionSettings, Settings};
use deskledger_store::{Cancellation, PartitionsMade, RetentionStore, Use};
use serde_json::{Value, json};

use crate::database::open_existing;
use crate::failure::Failure;
use crate::output::{notify, print_line};
use crate::value;

#[derive(Debug, Args)]
pub(crate) struct Retention {
    /// Say what would go, and change nothing.
    #[arg(long)]
    dry_run: bool,

    /// Print one JSON object in place of the lines.
    #[arg(long)]
    json: bool,

    /// For how many days records are kept, instead of retention.days.
    #[arg(long, value_name = "DAYS", allow_negative_numbers = true)]
    #[arg(value_parser = value::days(RetentionSettings::range_of_days()))]
    days: Option<u32>,
}

impl Retention {
    /// Does by hand what the service does from time to time.
    pub(crate) fn run(&self, mut settings: Settings) -> Result<(), Failure> {
        settings.retention.days = self.days.or(settings.retention.days);
        let for_use = if self.dry_run || settings.retention.days.is_none() {
            Use::Export
        } else {
            Use::Retain
        };
        let store = open_existing(&settings, for_use)?;
        // To the second, as it is printed.
        let now = Clock::system().now().trunc_subsecs(0);
        let made = if self.dry_run {
            Vec::new()
        } else {
            make_partitions(store.retention(), now)?
        };
        for name in &made {
            self.say(format_args!("made the partition {name}"))?;
        }
        let mut report =
            json!({ "dry_run": self.dry_run, "made_partitions": made, "before": null });
        let Some(before) = settings.retention.limit(now) else {
            self.say("all records are kept: retention.days is not set")?;
            return self.finish(&report);
        };
        report["before"] = json!(format_time(before));
        let expired = store.retention().expired(before).map_err(Failure::new)?;
        self.say(format_args!(
            "expired is what started before {}",
            format_time(before)
        ))?;
        for month in &expired.months {
            self.say(format_args!(
                "{}: {} records, from {} to {}",
                month.oldest.format("%Y-%m"),
                month.records,
                format_time(month.oldest),
                format_time(month.newest)
            ))?;
        }
        let months = expired.months.iter().map(|month| {
            json!({
                "month": month.oldest.format("%Y-%m").to_string(),
                "records": month.records,
                "oldest": format_time(month.oldest),
                "newest": format_time(month.newest),
            })
        });
        report["months"] = Value::from(months.collect::<Vec<_>>());
        let mut records: u64 = expired.months.iter().map(|month| month.records).sum();
        let (mut incomplete, mut partitions) = (expired.incomplete, expired.partitions);
        if self.dry_run {
            for partition in &partitions {
                self.say(format_args!("the partition {partition} would be dropped"))?;
            }
            self.say(format_args!(
                "{records} records would go, and {incomplete} connections without a start"
            ))?;
        } else {
            let deleted = store
                .retention()
                .delete_expired(before, &Cancellation::new())
                .map_err(Failure::new)?;
            for partition in &deleted.partitions {
                self.say(format_args!("dropped the partition {partition}"))?;
            }
            (records, incomplete) = (deleted.records, deleted.incomplete);
            partitions = deleted.partitions;
            self.say(format_args!(
                "deleted {records} records, and {incomplete} connections without a start"
            ))?;
        }
        report["partitions"] = json!(partitions);
        report["records"] = json!(records);
        report["incomplete"] = json!(incomplete);
        self.finish(&report)
    }

    /// Prints a line for a person.
    fn say(&self, line: impl Display) -> Result<(), Failure> {
        if self.json {
            return Ok(());
        }
        print_line(line)
    }

    fn finish(&self, report: &Value) -> Result<(), Failure> {
        if self.json {
            print_line(report)?;
        }
        Ok(())
    }
}

/// The names of the partitions that were made.
fn make_partitions(
    retention: &dyn RetentionStore,
    now: DateTime<Utc>,
) -> Result<Vec<String>, Failure> {
    let made = retention.make_partitions(now).map_err(Failure::new)?;
    if let PartitionsMade::Made(names) = made {
        return Ok(names);
    }
    notify("the role of database.url may make no partitions: its owner must");
    Ok(Vec::new())
}
