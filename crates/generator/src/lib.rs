#![doc = include_str!("../README.md")]

mod connection;
mod directory;
mod draw;
mod failure;
mod name;
mod output;
mod rhythm;
mod site;
mod terminal;
mod version;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use deskledger_domain::RecordFields;

use directory::Directory;
use draw::Draw;
use rhythm::Rhythm;

pub use output::write_ndjson;

/// The time before which all records started, where nothing else is asked for: 2026-01-01T00:00:00Z.
///
/// It is fixed, so that the same seed gives the same bytes on any day.
pub const DEFAULT_UNTIL: DateTime<Utc> = match DateTime::from_timestamp_secs(1_767_225_600) {
    Some(time) => time,
    None => DateTime::UNIX_EPOCH,
};

/// What to generate. Equal settings give equal records, on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GeneratorSettings {
    /// How many records. One in twenty is another user, from 200 up to 20,000 users.
    pub records: u64,
    /// Which of the many possible worlds.
    pub seed: u64,
    /// The time before which all records started. A session that lasts longer is still open.
    pub until: DateTime<Utc>,
    /// Over how many days before `until` the records started: at least 1, and at most [`MAX_DAYS`](Self::MAX_DAYS);
    /// what is outside is taken as the nearer of the two.
    pub days: u32,
}

impl GeneratorSettings {
    /// The most days that records are spread over: a hundred years.
    pub const MAX_DAYS: u32 = 36_525;

    /// Settings for records that started in the 90 days before [`DEFAULT_UNTIL`].
    pub const fn new(records: u64, seed: u64) -> Self {
        Self {
            records,
            seed,
            until: DEFAULT_UNTIL,
            days: 90,
        }
    }
}

/// An iterator of realistic records, in the order in which they started; those of a second in no order.
///
/// Every record it yields makes a valid [`ConnectionRecord`](deskledger_domain::ConnectionRecord). Memory depends on
/// the number of users alone.
///
/// ```
/// use deskledger_generator::{Generator, GeneratorSettings};
///
/// let settings = GeneratorSettings::new(100, 1);
/// let records: Vec<_> = Generator::new(settings).collect();
/// assert_eq!(records.len(), 100);
/// assert!(records.is_sorted_by_key(|record| record.connection_start_time));
/// assert!(Generator::new(settings).eq(records));
/// ```
#[derive(Debug)]
pub struct Generator {
    records: u64,
    next: u64,
    until: i64,
    directory: Directory,
    rhythm: Rhythm,
    draw: Draw,
}

impl Generator {
    /// Makes the users, their desktops and terminals; the records come one by one.
    pub fn new(settings: GeneratorSettings) -> Self {
        let days = settings.days.clamp(1, GeneratorSettings::MAX_DAYS);
        let until = settings.until.timestamp();
        Self {
            records: settings.records,
            next: 0,
            until,
            directory: Directory::new(settings.records, &mut Draw::new(settings.seed, 0)),
            rhythm: Rhythm::new(until, days),
            draw: Draw::new(settings.seed, 1),
        }
    }
}

impl Iterator for Generator {
    type Item = RecordFields;

    fn next(&mut self) -> Option<RecordFields> {
        if self.next == self.records {
            return None;
        }
        let start = self
            .rhythm
            .start(self.next, self.records, self.draw.bits(24));
        self.next += 1;
        connection::record(
            start,
            self.until,
            &self.rhythm,
            &self.directory,
            &mut self.draw,
        )
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.records - self.next);
        (*left.as_ref().unwrap_or(&usize::MAX), left.ok())
    }
}
