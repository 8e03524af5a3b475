use clap::Args;
use deskledger_api::StartError;
use deskledger_domain::Clock;
use deskledger_settings::Settings;
use deskledger_store::{Database, PartitionsMade};
use serde_json::json;

use crate::failure::Failure;
use crate::output::{notify, print_line};

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Print one JSON object with the migrations that were run and the partitions that were made.
    #[arg(long)]
    json: bool,
}

impl Migrate {
    /// Brings the schema up to date, makes the partitions of this month and the next ones, and names what was done. The role that
    /// migrates owns the tables, which that of the service need not.
    pub(crate) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        let failed = |error| Failure::new(StartError::of_store(settings, error));
        let store = Database::open(&settings.store()).map_err(failed)?.records();
        let migrations = store.migrate().map_err(failed)?;
        if !self.json {
            for migration in &migrations {
                print_line(format_args!("migrated {migration}"))?;
            }
            if migrations.is_empty() {
                print_line("the schema is up to date")?;
            }
        }
        let partitions = match store.retention().make_partitions(Clock::system().now()) {
            Ok(PartitionsMade::Made(names)) => names,
            Ok(_) => Vec::new(),
            // The schema is up to date, which is what was asked for.
            Err(error) => {
                notify(format_args!(
                    "no partitions were made: {}; `deskledger retention` makes them later",
                    Failure::new(error)
                ));
                Vec::new()
            }
        };
        if self.json {
            return print_line(json!({ "migrations": migrations, "partitions": partitions }));
        }
        for name in partitions {
            print_line(format_args!("made the partition {name}"))?;
        }
        Ok(())
    }
}
