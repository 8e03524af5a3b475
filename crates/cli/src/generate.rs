use std::io::{self, Write as _};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::Args;
use deskledger_domain::{Clock, InvalidTime, parse_time};
use deskledger_generator::{DEFAULT_UNTIL, Generator, GeneratorSettings, write_ndjson};

use crate::failure::Failure;
use crate::output::{cannot_print, standard_output};
use crate::{time, value};

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// How many records to write.
    #[arg(long, value_name = "N", value_parser = value::count, allow_negative_numbers = true)]
    records: u64,

    /// Which of the many possible worlds: the same seed gives the same bytes.
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = value::count, allow_negative_numbers = true)]
    seed: u64,

    /// The time before which all records started, such as 2026-01-01, now or -7d; without it, 2026-01-01T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = until, allow_hyphen_values = true)]
    until: Option<DateTime<Utc>>,

    /// Over how many days before that time they started.
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    #[arg(value_parser = value::days(1..=GeneratorSettings::MAX_DAYS.into()), allow_negative_numbers = true)]
    days: u32,
}

impl Generate {
    /// Writes the records to standard output.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let generator = Generator::new(GeneratorSettings {
            records: self.records,
            seed: self.seed,
            until: self.until.unwrap_or(DEFAULT_UNTIL),
            days: self.days,
        });
        let written =
            standard_output().and_then(|output| write_ndjson(generator, &mut output.lock()));
        match written.and_then(|()| io::stdout().flush()) {
            // The reader has read enough, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(cannot_print),
        }
    }
}

fn until(text: &str) -> Result<DateTime<Utc>, InvalidTime> {
    parse_time(&time::resolve(text, Tz::UTC, Clock::system().now()))
}
