use chrono::SubsecRound as _;
use clap::Args;
use deskledger_domain::{Clock, format_time};
use deskledger_settings::{RetentionSettings, Settings};
use deskledger_store::{Cancellation, PartitionsMade, RetentionStore, Use};

use crate::database::open_existing;
use crate::failure::Failure;
use crate::output::{notify, print_line};
use crate::value;

#[derive(Debug, Args)]
pub(crate) struct Retention {
    /// Say what would go, and change nothing.
    #[arg(long)]
    dry_run: bool,

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
        if !self.dry_run {
            make_partitions(store.retention(), now)?;
        }
        let Some(before) = settings.retention.limit(now) else {
            print_line("all records are kept: retention.days is not set")?;
            return Ok(());
        };
        let expired = store.retention().expired(before).map_err(Failure::new)?;
        print_line(format_args!(
            "expired is what started before {}",
            format_time(before)
        ))?;
        for month in &expired.months {
            print_line(format_args!(
                "{}: {} records, from {} to {}",
                month.oldest.format("%Y-%m"),
                month.records,
                format_time(month.oldest),
                format_time(month.newest)
            ))?;
        }
        let records: u64 = expired.months.iter().map(|month| month.records).sum();
        let incomplete = expired.incomplete;
        if self.dry_run {
            for partition in &expired.partitions {
                print_line(format_args!("the partition {partition} would be dropped"))?;
            }
            print_line(format_args!(
                "{records} records would go, and {incomplete} connections without a start"
            ))?;
            return Ok(());
        }
        let deleted = store
            .retention()
            .delete_expired(before, &Cancellation::new())
            .map_err(Failure::new)?;
        for partition in &deleted.partitions {
            print_line(format_args!("dropped the partition {partition}"))?;
        }
        print_line(format_args!(
            "deleted {} records, and {} connections without a start",
            deleted.records, deleted.incomplete
        ))?;
        Ok(())
    }
}

fn make_partitions(
    retention: &dyn RetentionStore,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), Failure> {
    match retention.make_partitions(now).map_err(Failure::new)? {
        PartitionsMade::Made(names) => {
            for name in names {
                print_line(format_args!("made the partition {name}"))?;
            }
        }
        _ => notify("the role of database.url may make no partitions: its owner must"),
    }
    Ok(())
}
