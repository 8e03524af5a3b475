//! Records as CSV (RFC 4180): the columns of the workbook, in the asked language and zone.
//!
//! It is UTF-8 with a byte order mark, without which Excel takes it for something else. Text is quoted and nothing else
//! is. A user name that somebody typed must not become a formula, so text that a program could take for one is guarded as
//! OWASP advises ("CSV Injection"), also where the program separates cells by semicolons or tabs.

use std::io::{self, Write};

use chrono::{Datelike as _, NaiveDateTime, TimeDelta, Timelike as _};
use chrono_tz::Tz;
use deskledger_domain::{Column, Language, RecordRef, Value};

use super::Form;
use super::local_time::LocalTimes;
use crate::export::ExportFailure;

const BYTE_ORDER_MARK: &str = "\u{feff}";
const END_OF_LINE: &[u8] = b"\r\n";

/// What stands before what could be read as a formula, and so also before a character like itself: a reader that removes
/// one at the start of a text, and one after each [separator](is_separator) in it, has every text as it was.
const GUARD: char = '\'';

/// CSV.
pub(super) struct Csv<W> {
    sink: W,
    line: Line,
    language: Language,
    local: LocalTimes,
    bytes: u64,
}

impl<W: Write> Csv<W> {
    /// Writes the header.
    pub(super) fn begin(language: Language, time_zone: Tz, sink: W) -> Result<Self, ExportFailure> {
        let mut csv = Self {
            sink,
            line: Line::default(),
            language,
            local: LocalTimes::new(time_zone),
            bytes: 0,
        };
        csv.line.bytes.extend_from_slice(BYTE_ORDER_MARK.as_bytes());
        for (position, column) in Column::ALL.into_iter().enumerate() {
            csv.line.separate(position);
            csv.line.text(&column.header(language, time_zone));
        }
        csv.end_line()?;
        Ok(csv)
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

    fn append(&mut self, record: &RecordRef<'_>) -> Result<(), ExportFailure> {
        for (position, column) in Column::ALL.into_iter().enumerate() {
            let line = &mut self.line;
            line.separate(position);
            match column.value(record) {
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

    fn finish(mut self) -> Result<(W, u64), ExportFailure> {
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
        if text.contains(|character| character == '"' || is_separator(character)) {
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
        write!(
            self.bytes,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            time.year(),
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second()
        )?;
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
mod tests {
    use chrono::{DateTime, Utc};
    use deskledger_domain::{ConnectionRecord, ProjectId, RecordFields, parse_time};
    use proptest::prelude::*;

    use super::*;
    use crate::wire::tests::any_record;

    fn written(language: Language, time_zone: Tz, records: &[ConnectionRecord]) -> Vec<u8> {
        let mut csv = Csv::begin(language, time_zone, Vec::new()).unwrap();
        for record in records {
            csv.append(&record.as_ref()).unwrap();
        }
        let (file, bytes) = csv.finish().unwrap();
        assert_eq!(bytes, file.len() as u64);
        file
    }

    /// The last line of a file of one record in English.
    fn line(time_zone: Tz, fields: RecordFields) -> String {
        let record = ConnectionRecord::new(ProjectId::new("p1").unwrap(), fields).unwrap();
        let file = String::from_utf8(written(Language::EnUs, time_zone, &[record])).unwrap();
        let (_, line) = file
            .strip_suffix("\r\n")
            .unwrap()
            .rsplit_once("\r\n")
            .unwrap();
        line.to_owned()
    }

    fn time(text: &str) -> DateTime<Utc> {
        parse_time(text).unwrap()
    }

    #[test]
    fn a_record_is_a_line_of_plain_values_and_quoted_texts() {
        let fields = RecordFields {
            user_name: Some("Zoë \"Z\", Ünal".to_owned()),
            computer_name: Some(String::new()),
            connection_setup_time: Some(time("2020-04-24T03:02:47.25Z")),
            connection_end_time: Some(time("2020-04-25T06:05:48.25Z")),
            is_reconnect: Some(true),
            network_rtt: Some(-12),
            ..RecordFields::new("55f1", time("2020-04-24T03:02:45Z"))
        };
        assert_eq!(
            line(Tz::Asia__Shanghai, fields),
            "\"Zoë \"\"Z\"\", Ünal\",\"\",,,,,2020-04-24 11:02:45,2020-04-24 11:02:47.250,\
             2020-04-25 14:05:48.250,27:03:01,\"Yes\",,-12,,,,,,,,,\"55f1\","
        );
    }

    #[test]
    fn a_text_that_begins_as_a_formula_does_is_guarded() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t'=1"),
            ("\r=1", "'\r'=1"),
            ("\n=1", "'\n'=1"),
            ("＝1", "'＝1"),
            ("'=1", "''=1"),
            ("a=1", "a=1"),
            (" =1", " =1"),
            ("=\"x\"", "'=\"\"x\"\""),
            ("a;=1;b", "a;'=1;b"),
            ("a;'=1", "a;''=1"),
            ("a;;-1;1", "a;;'-1;1"),
            ("a;\"=1\"", "a;'\"\"=1\"\""),
            ("a;\t=1", "a;'\t'=1"),
            ("a\n=1\r@1", "a\n'=1\r'@1"),
            ("a,=1", "a,=1"),
        ] {
            let fields = RecordFields {
                user_name: Some(text.to_owned()),
                ..RecordFields::new("1", time("2020-04-24T03:02:45Z"))
            };
            let line = line(Tz::UTC, fields);
            assert!(line.starts_with(&format!("\"{cell}\",")), "{line}");
        }
    }

    #[test]
    fn a_negative_duration_is_a_guarded_text() {
        let of_times = |setup, end| {
            let fields = RecordFields {
                connection_setup_time: Some(time(setup)),
                connection_end_time: Some(time(end)),
                ..RecordFields::new("1", time("2020-04-24T03:02:45Z"))
            };
            let line = line(Tz::UTC, fields);
            line.split(',').nth(9).unwrap().to_owned()
        };
        let negative = of_times("2020-04-24T03:02:48.5Z", "2020-04-24T03:02:45Z");
        assert_eq!(negative, "\"'-0:00:03.500\"");
        let nothing = of_times("2020-04-24T03:02:45.0001Z", "2020-04-24T03:02:45Z");
        assert_eq!(nothing, "0:00:00");
    }

    #[test]
    fn the_header_is_that_of_the_workbook_in_every_language() {
        for language in Language::ALL {
            let file = written(language, Tz::Europe__Paris, &[]);
            let text = std::str::from_utf8(&file).unwrap();
            let header = Column::ALL.map(|column| column.header(language, Tz::Europe__Paris));
            assert_eq!(text, format!("\u{feff}\"{}\"\r\n", header.join("\",\"")));
        }
    }

    /// The text that was recorded, by the rule of docs/API.md.
    fn unguarded(cell: &str) -> String {
        let mut may_be_guarded = true;
        let mut text = String::new();
        for character in cell.chars() {
            let is_guard = may_be_guarded && character == GUARD;
            may_be_guarded = !is_guard && is_separator(character);
            if !is_guard {
                text.push(character);
            }
        }
        text
    }

    /// Records whose user name is a text that is made to be misread.
    fn hostile_records() -> impl Strategy<Value = Vec<ConnectionRecord>> {
        const TEXT: &str = "[a=+@'\";,\t\r\n-]{0,12}";
        let record = (TEXT, TEXT).prop_map(|(user, computer)| {
            let fields = RecordFields {
                user_name: Some(user),
                computer_name: Some(computer),
                network_rtt: Some(-12),
                ..RecordFields::new("1", time("2020-04-24T03:02:45Z"))
            };
            ConnectionRecord::new(ProjectId::new("p1").unwrap(), fields).unwrap()
        });
        prop::collection::vec(record, 1..5)
    }

    proptest! {
        #[test]
        fn no_separator_of_a_spreadsheet_opens_a_formula(records in hostile_records()) {
            let file = written(Language::EnUs, Tz::UTC, &records);
            for separator in [b',', b';', b'\t'] {
                let mut reader = csv::ReaderBuilder::new()
                    .delimiter(separator)
                    .flexible(true)
                    .from_reader(&file["\u{feff}".len()..]);
                for cell in reader.records().map(Result::unwrap).flat_map(|row| {
                    row.iter().map(str::to_owned).collect::<Vec<_>>()
                }) {
                    let is_number = cell == "-12" && separator == b',';
                    prop_assert!(
                        is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']),
                        "{:?} by {:?}", cell, char::from(separator)
                    );
                }
            }
            let mut reader = csv::Reader::from_reader(&file["\u{feff}".len()..]);
            for (row, record) in reader.records().map(Result::unwrap).zip(&records) {
                for (position, column) in [Column::UserName, Column::ComputerName].into_iter().enumerate() {
                    let Value::Text(text) = column.value(&record.as_ref()) else { panic!("no text") };
                    prop_assert_eq!(unguarded(&row[position]), text);
                }
            }
        }

        #[test]
        fn every_text_is_read_back_and_no_cell_begins_as_a_formula_does(
            records in prop::collection::vec(any_record(), 1..5),
        ) {
            let file = written(Language::EnUs, Tz::UTC, &records);
            let mut reader = csv::Reader::from_reader(&file["\u{feff}".len()..]);
            let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(rows.len(), records.len());
            for (row, record) in rows.iter().zip(&records) {
                for (cell, column) in row.iter().zip(Column::ALL) {
                    let value = column.value(&record.as_ref());
                    if let Value::Integer(number) = value {
                        prop_assert_eq!(cell, number.to_string());
                        continue;
                    }
                    prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{}", cell);
                    match value {
                        Value::Text(text) => prop_assert_eq!(unguarded(cell), text),
                        Value::Missing => prop_assert_eq!(cell, ""),
                        _ => prop_assert!(!cell.is_empty()),
                    }
                }
            }
        }
    }
}
