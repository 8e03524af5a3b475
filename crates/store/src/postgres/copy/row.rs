//! A row as COPY sends it: every value behind its length.

use chrono::{DateTime, Utc};

use super::super::values;
use crate::error::Cause;
use crate::record::{FIELDS, TEXTS, Values};

/// A value below this length has a length that is valid UTF-8: three zeros and an ASCII character.
const SHORT: usize = 0x80;

/// A row in PostgreSQL's binary format.
pub(in super::super) struct Row<'a> {
    /// From its beginning on.
    pub(super) bytes: &'a [u8],
    pub(super) spans: [Option<Span>; FIELDS],
}

/// Where a value stands in its row.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl<'a> Row<'a> {
    pub(super) const fn new() -> Self {
        Self {
            bytes: &[],
            spans: [None; FIELDS],
        }
    }

    pub(in super::super) fn values(&self) -> RowValues<'_, 'a> {
        RowValues {
            row: self,
            next: 0,
            texts: "",
            texts_start: 0,
        }
    }
}

/// The values of a row, one after the other.
///
/// Texts that follow each other are checked together, with the lengths between them: checking many short slices for
/// invalid UTF-8 takes several times as long.
pub(in super::super) struct RowValues<'r, 'a> {
    row: &'r Row<'a>,
    next: usize,
    /// What was checked, and where it starts.
    texts: &'a str,
    texts_start: usize,
}

impl<'a> RowValues<'_, 'a> {
    fn span(&mut self) -> Result<Option<Span>, Cause> {
        let span = self.row.spans.get(self.next);
        self.next += 1;
        span.copied()
            .ok_or_else(|| "a row has too few values".into())
    }

    fn bytes(&mut self) -> Result<Option<&'a [u8]>, Cause> {
        let span = self.span()?;
        span.map(|span| self.slice(span)).transpose()
    }

    fn slice(&self, span: Span) -> Result<&'a [u8], Cause> {
        let bytes = self.row.bytes.get(span.start..span.end);
        bytes.ok_or_else(|| "a value is not in its row".into())
    }

    /// Checks the text at a position, which was the last one taken, with those behind it.
    fn check(&mut self, span: Span) -> Result<(), Cause> {
        let behind = self.row.spans.iter().zip(TEXTS).skip(self.next);
        let texts = behind.map_while(|(span, is_text)| span.filter(|_| is_text));
        let end = texts
            .take_while(|text| text.end - text.start < SHORT)
            .last()
            .map_or(span.end, |text| text.end);
        self.texts = str::from_utf8(self.slice(Span { end, ..span })?)?;
        self.texts_start = span.start;
        Ok(())
    }
}

impl<'a> Values<'a> for RowValues<'_, 'a> {
    fn text(&mut self) -> Result<Option<&'a str>, Cause> {
        let Some(span) = self.span()? else {
            return Ok(None);
        };
        if span.end > self.texts_start + self.texts.len() {
            self.check(span)?;
        }
        let range = span.start - self.texts_start..span.end - self.texts_start;
        match self.texts.get(range) {
            Some(text) => Ok(Some(text)),
            None => Err("a text ends within a character".into()),
        }
    }

    fn time(&mut self) -> Result<Option<DateTime<Utc>>, Cause> {
        self.bytes()?.map(values::time).transpose()
    }

    fn boolean(&mut self) -> Result<Option<bool>, Cause> {
        self.bytes()?.map(values::boolean).transpose()
    }

    fn integer(&mut self) -> Result<Option<i32>, Cause> {
        self.bytes()?.map(values::integer).transpose()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the values of a row of these are as texts, where they are texts.
    fn read(values: &[Option<Vec<u8>>]) -> Vec<Result<Option<String>, Cause>> {
        let mut bytes = Vec::new();
        let mut spans = [None; FIELDS];
        for (span, value) in spans.iter_mut().zip(values) {
            let length = value
                .as_ref()
                .map_or(-1, |value| i32::try_from(value.len()).unwrap());
            bytes.extend(length.to_be_bytes());
            let start = bytes.len();
            bytes.extend(value.iter().flatten());
            *span = value.as_ref().map(|_| Span {
                start,
                end: bytes.len(),
            });
        }
        let row = Row {
            bytes: &bytes,
            spans,
        };
        let mut values = row.values();
        let text = |is_text| {
            if is_text {
                values.text().map(|text| text.map(str::to_owned))
            } else {
                values.bytes().map(|_| None)
            }
        };
        TEXTS.map(text).into()
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            4 => "[a-z0-9.:-]{0,20}",
            2 => "\\PC{0,20}",
            1 => "[aé]{100,200}",
        ]
        .prop_map(String::into_bytes)
    }

    proptest! {
        #[test]
        fn texts_are_the_same_together_as_one_by_one(
            texts in prop::collection::vec(prop::option::weighted(0.9, text()), FIELDS),
        ) {
            for ((read, text), is_text) in read(&texts).into_iter().zip(&texts).zip(TEXTS) {
                let expected = text.clone().filter(|_| is_text).map(|text| String::from_utf8(text).unwrap());
                prop_assert_eq!(read.unwrap(), expected);
            }
        }

        #[test]
        fn a_text_that_is_none_is_an_error(
            texts in prop::collection::vec(text(), FIELDS),
            at in 0..FIELDS,
            wrong in prop::sample::select(vec![&b"\xff"[..], b"\xc3", b"\xa9", b"abc\xe7\x94", b"\xed\xa0\x80"]),
        ) {
            prop_assume!(TEXTS[at]);
            let mut texts: Vec<_> = texts.into_iter().map(Some).collect();
            texts[at] = Some(wrong.to_vec());
            prop_assert!(read(&texts)[at].is_err());
        }
    }

    #[test]
    fn a_character_that_is_cut_is_not_whole_with_the_next_text() {
        let mut texts = vec![None; FIELDS];
        texts[0] = Some(b"caf\xc3".to_vec());
        texts[1] = Some(b"\xa9".to_vec());
        let read = read(&texts);
        assert!(read[0].is_err() && read[1].is_err());
    }
}
