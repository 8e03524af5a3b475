//! An array of records: all of them, or the first mistake.

use std::fmt;

use deskledger_domain::{ConnectionEvent, ProjectId};
use serde::Deserializer as _;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::record::{InvalidRecordLine, RecordLine, is_utf16, without_byte_order_mark};

#[cfg(test)]
mod tests;

/// Why a text is no array of records. Records are counted from 0.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum InvalidArray {
    /// It is not JSON, or something else than an array.
    #[error(
        "no JSON array at line {line}, column {column}{}",
        InRecord(*.position)
    )]
    NotAnArray {
        /// Which line, from 1.
        line: usize,
        /// Which byte of the line, from 1.
        column: usize,
        /// Which element, from 0, where it is one.
        position: Option<usize>,
    },
    /// It is encoded in UTF-16.
    #[error("encoded in UTF-16: send UTF-8")]
    Utf16,
    /// It has too many elements.
    #[error("the array has more than {most} records: send several, or NDJSON")]
    TooMany {
        /// How many it may have.
        most: usize,
    },
    /// Some elements are no records.
    #[error(
        "records[{position}] (the first is records[0]): {reason}; {bad} of {all} records {} bad, and none was recorded",
        if *.bad == 1 { "is" } else { "are" }
    )]
    BadRecord {
        /// Which is the first of them.
        position: usize,
        /// What is wrong with it. The text names the field.
        reason: InvalidRecordLine,
        /// How many are bad.
        bad: usize,
        /// How many there are.
        all: usize,
    },
}

struct InRecord(Option<usize>);

impl fmt::Display for InRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(position) => write!(f, ", at records[{position}] (the first is records[0])"),
            None => Ok(()),
        }
    }
}

impl InvalidArray {
    /// What is wrong, without anything of a record.
    pub fn without_values(&self) -> String {
        match self {
            Self::BadRecord {
                position,
                reason,
                bad,
                all,
            } => {
                let field = reason.field().unwrap_or("no field");
                format!("records[{position}]: {field}; {bad} of {all} records are bad")
            }
            Self::NotAnArray { .. } | Self::Utf16 | Self::TooMany { .. } => self.to_string(),
        }
    }
}

/// Reads an array of JSON with at most `most` records of `project`: all of them, or the first mistake.
///
/// # Errors
/// When the text is not an array, the array is too long, or one of its elements is not a record.
pub fn read_array(
    text: &[u8],
    project: &ProjectId,
    most: usize,
) -> Result<Vec<ConnectionEvent>, InvalidArray> {
    let mut elements = Elements {
        project,
        most,
        count: 0,
        is_element: false,
        events: Vec::new(),
        first_bad: None,
        bad: 0,
    };
    if is_utf16(text) {
        return Err(InvalidArray::Utf16);
    }
    let text = without_byte_order_mark(text);
    let mut json = serde_json::Deserializer::from_slice(text);
    let read = json
        .deserialize_seq(&mut elements)
        .and_then(|()| json.end());
    if elements.count > most {
        return Err(InvalidArray::TooMany { most });
    }
    read.map_err(|error| InvalidArray::NotAnArray {
        line: error.line(),
        column: error.column(),
        position: elements.is_element.then_some(elements.count),
    })?;
    match elements.first_bad {
        None => Ok(elements.events),
        Some((position, reason)) => Err(InvalidArray::BadRecord {
            position,
            reason,
            bad: elements.bad,
            all: elements.count,
        }),
    }
}

/// The elements of an array, as they are read.
struct Elements<'a> {
    project: &'a ProjectId,
    most: usize,
    /// How many were read.
    count: usize,
    /// Whether the next one is being read.
    is_element: bool,
    events: Vec<ConnectionEvent>,
    first_bad: Option<(usize, InvalidRecordLine)>,
    bad: usize,
}

impl Elements<'_> {
    fn take(&mut self, element: &RawValue) {
        let line = RecordLine::from_json(element.get().as_bytes());
        match line.and_then(|line| line.into_event(self.project)) {
            Ok(event) if self.bad == 0 => self.events.push(event),
            // It is only counted: nothing is recorded any more.
            Ok(_) => {}
            Err(reason) => {
                self.bad += 1;
                self.first_bad.get_or_insert((self.count, reason));
            }
        }
        self.count += 1;
    }
}

impl<'de> Visitor<'de> for &mut Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        self.is_element = true;
        while let Some(element) = array.next_element::<&RawValue>()? {
            self.take(element);
            if self.count > self.most {
                return Err(A::Error::custom("too many records"));
            }
        }
        self.is_element = false;
        Ok(())
    }
}
