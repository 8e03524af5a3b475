//! The summary of an export. The pass that writes the records also counts it, so it describes the same snapshot and
//! needs no second reading. It takes a bounded amount of memory.

mod condition;
mod day;
mod sheet;
mod tally;

use chrono::NaiveDate;
use deskledger_domain::{Column, MatchKey, RecordRef, Value};

use self::day::Days;
use self::tally::Tally;
pub(super) use sheet::{columns, rows};

/// What records are counted by, beside their days.
const TALLIED: [Column; 4] = [
    Column::UserName,
    Column::ComputerName,
    Column::TerminalType,
    Column::ConnectionFailureReason,
];

/// What each tally may take, about. It is room for some 25,000 names.
const TALLY_BYTES: usize = 2 << 20;

/// What the records of an export have in common.
#[derive(Debug)]
pub(super) struct Summary {
    records: u64,
    days: Days,
    tallies: [Tally; TALLIED.len()],
    /// Made for every name, in the same memory.
    key: MatchKey,
}

impl Summary {
    pub(super) fn new() -> Self {
        Self::with_room(TALLY_BYTES)
    }

    fn with_room(tally_bytes: usize) -> Self {
        Self {
            records: 0,
            days: Days::default(),
            tallies: TALLIED.map(|_| Tally::new(tally_bytes)),
            key: MatchKey::of_name(""),
        }
    }

    /// Counts a record, which began on this day of the asked zone.
    pub(super) fn add(&mut self, record: &RecordRef<'_>, day: NaiveDate) {
        self.records += 1;
        self.days.add(day);
        for (column, tally) in TALLIED.into_iter().zip(&mut self.tallies) {
            let text = match column.value(record) {
                Value::Text(text) => text,
                _ => "",
            };
            // Names are the same that a filter finds together.
            match column {
                Column::UserName | Column::ComputerName => {
                    self.key.set_name(text);
                    tally.add(self.key.as_str(), text);
                }
                Column::TerminalType => {
                    self.key.set_terminal_type(text);
                    tally.add(self.key.as_str(), text.trim());
                }
                _ => tally.add(text, text),
            }
        }
    }
}
