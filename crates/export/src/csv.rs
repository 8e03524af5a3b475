//! Records, or audits, as CSV (RFC 4180): the columns of the workbook, in the asked language and zone.
//!
//! It is UTF-8 with a byte order mark, without which Excel takes it for something else. Text is quoted and nothing else
//! is. A user name that somebody typed must not become a formula, so text that a program could take for one is guarded as
//! OWASP advises ("CSV Injection"), also where the program separates cells by semicolons or tabs.

use std::io::{self, Write};

use chrono::{Datelike as _, NaiveDateTime, TimeDelta, Timelike as _};
use chrono_tz::Tz;
use deskledger_domain::{Column, Language, RecordRef, Value};

use crate::error::FormError;
use crate::local_time::LocalTimes;
use crate::records::Form;

const BYTE_ORDER_MARK: &str = "\u{feff}";
const END_OF_LINE: &[u8] = b"\r\n";

/// What stands before what could be read as a formula, and so also before a character like itself: a reader that removes
/// one at the start of a text, and one after each [separator](is_separator) in it, has every text as it was.
const GUARD: char = '\'';

/// CSV.
pub(crate) struct Csv<W> {
    sink: W,
    line: Line,
    language: Language,
    local: LocalTimes,
    bytes: u64,
}

impl<W: Write> Csv<W> {
    /// Writes the header.
    pub(crate) fn begin(language: Language, time_zone: Tz, sink: W) -> Result<Self, FormError> {
        let headers = Column::ALL.map(|column| column.header(language, time_zone));
        Self::with_headers(headers, language, time_zone, sink)
    }

    /// Writes a header of its own.
    pub(crate) fn with_headers(
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        language: Language,
        time_zone: Tz,
        sink: W,
    ) -> Result<Self, FormError> {
        let mut csv = Self {
            sink,
            line: Line::default(),
            language,
            local: LocalTimes::new(time_zone),
            bytes: 0,
        };
        csv.line.bytes.extend_from_slice(BYTE_ORDER_MARK.as_bytes());
        for (position, header) in headers.into_iter().enumerate() {
            csv.line.separate(position);
            csv.line.text(header.as_ref());
        }
        csv.end_line()?;
        Ok(csv)
    }

    /// Writes a row.
    #[inline]
    pub(crate) fn row<'a>(
        &mut self,
        values: impl IntoIterator<Item = Value<'a>>,
    ) -> Result<(), FormError> {
        for (position, value) in values.into_iter().enumerate() {
            let line = &mut self.line;
            line.separate(position);
            match value {
                Value::Missing => {}
                Value::Text(text) => line.text(text),
                Value::Time(time) => line.time(self.local.of(time))?,
                Value::Duration(duration) => line.duration(duration)?,
                Value::Boolean(true) => line.text(self.language.yes()),
                Value::Boolean(false) => line.text(self.language.no()),
                Value::Integer(number) => write!(line.bytes, "{number}")?,
            }
        }
        Ok(self.end_line()?)
    }

    fn end_line(&mut self) -> io::Result<()> {
        let line = &mut self.line.bytes;
        line.extend_from_slice(END_OF_LINE);
        self.sink.write_all(line)?;
        self.bytes += line.len() as u64;
        line.clear();
        Ok(())
    }
}

impl<W: Write> Form for Csv<W> {
    type Sink = W;

    fn append(&mut self, record: &RecordRef<'_>) -> Result<(), FormError> {
        self.row(Column::ALL.into_iter().map(|column| column.value(record)))
    }

    fn finish(mut self) -> Result<(W, u64), FormError> {
        self.sink.flush()?;
        Ok((self.sink, self.bytes))
    }
}

/// A line being written. Its memory is used for the next one.
#[derive(Default)]
struct Line {
    bytes: Vec<u8>,
}

impl Line {
    fn separate(&mut self, position: usize) {
        if position > 0 {
            self.bytes.push(b',');
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes.push(b'"');
        if text.starts_with(is_guarded) {
            self.bytes.push(GUARD as u8);
        }
        // All of it is looked at, which the compiler does for many bytes at once.
        let is_special = |byte| byte == b'"' || is_separator(char::from(byte));
        if text
            .bytes()
            .fold(false, |found, byte| found | is_special(byte))
        {
            self.special_text(text);
        } else {
            self.bytes.extend_from_slice(text.as_bytes());
        }
        self.bytes.push(b'"');
    }

    /// Text with characters that mean something to a program which reads CSV.
    ///
    /// Excel separates cells by semicolons where a comma is the decimal separator, and other programs ask. To such a program
    /// our quotes are part of the text, and a cell begins behind each separator in it.
    fn special_text(&mut self, text: &str) {
        let mut previous = None;
        for character in text.chars() {
            let begins_a_cell = previous.is_some_and(is_separator);
            let ends_a_line = previous == Some('\r') && character == '\n';
            if begins_a_cell && !ends_a_line && (is_guarded(character) || character == '"') {
                self.bytes.push(GUARD as u8);
            }
            if character == '"' {
                self.bytes.push(b'"');
            }
            let mut buffer = [0; 4];
            let character_bytes = character.encode_utf8(&mut buffer).as_bytes();
            self.bytes.extend_from_slice(character_bytes);
            previous = Some(character);
        }
    }

    /// `2020-04-24 11:02:47`, with milliseconds where there are any, which is what a workbook holds.
    fn time(&mut self, time: NaiveDateTime) -> io::Result<()> {
        write!(self.bytes, "{:04}", time.year())?;
        for (separator, number) in [
            (b'-', time.month()),
            (b'-', time.day()),
            (b' ', time.hour()),
            (b':', time.minute()),
            (b':', time.second()),
        ] {
            self.bytes.push(separator);
            self.two_digits(number);
        }
        self.milliseconds((time.nanosecond() / 1_000_000).into())
    }

    /// `27:03:01`: hours go on past 24. A negative one (clocks disagreed) begins with a sign, so it is a guarded text.
    fn duration(&mut self, duration: TimeDelta) -> io::Result<()> {
        let milliseconds = duration.num_milliseconds().unsigned_abs();
        let seconds = milliseconds / 1000;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let is_negative = milliseconds > 0 && duration < TimeDelta::zero();
        if is_negative {
            write!(self.bytes, "\"{GUARD}-")?;
        }
        write!(self.bytes, "{hour}:{minute:02}:{second:02}")?;
        self.milliseconds(milliseconds % 1000)?;
        if is_negative {
            self.bytes.push(b'"');
        }
        Ok(())
    }

    /// `07`: the last two digits of a number.
    fn two_digits(&mut self, number: u32) {
        const DIGITS: &[u8; 10] = b"0123456789";
        let digit = |number: u32| DIGITS[(number % 10) as usize];
        self.bytes
            .extend_from_slice(&[digit(number / 10), digit(number)]);
    }

    fn milliseconds(&mut self, milliseconds: u64) -> io::Result<()> {
        if milliseconds > 0 {
            write!(self.bytes, ".{milliseconds:03}")?;
        }
        Ok(())
    }
}

/// Whether a program may take a text that begins so for a formula (OWASP, "CSV Injection"), or it is the guard itself.
fn is_guarded(first: char) -> bool {
    matches!(
        first,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠' | GUARD
    )
}

/// Whether a program that does not separate cells by commas may end a cell or a line here.
fn is_separator(character: char) -> bool {
    matches!(character, ';' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests;
