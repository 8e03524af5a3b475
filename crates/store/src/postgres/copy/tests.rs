use std::io::{self, Read};

use super::*;
use crate::record::Values;

/// A COPY that arrives in these chunks, and then ends or breaks.
struct Chunks {
    chunks: Vec<Vec<u8>>,
    breaks: bool,
}

impl Chunks {
    fn new(chunks: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut chunks: Vec<_> = chunks
            .into_iter()
            .filter(|chunk| !chunk.is_empty())
            .collect();
        chunks.reverse();
        Self {
            chunks,
            breaks: false,
        }
    }
}

impl Read for Chunks {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        unreachable!("a COPY is read from its buffer")
    }
}

impl BufRead for Chunks {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.chunks.last() {
            Some(chunk) => Ok(chunk),
            None if self.breaks => Err(io::Error::other("gone")),
            None => Ok(&[]),
        }
    }

    fn consume(&mut self, length: usize) {
        let chunk = self.chunks.pop().unwrap();
        assert_eq!(chunk.len(), length);
    }
}

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: &[u8] = &[0xff, 0xff];

/// A row whose first value is this text, and all others missing.
fn row(text: &str) -> Vec<u8> {
    let count = i16::try_from(FIELDS).unwrap();
    let length = i32::try_from(text.len()).unwrap();
    let mut row = [
        &count.to_be_bytes()[..],
        &length.to_be_bytes(),
        text.as_bytes(),
    ]
    .concat();
    row.resize(row.len() + 4 * (FIELDS - 1), 0xff);
    row
}

fn texts(chunks: impl IntoIterator<Item = Vec<u8>>) -> QueryResult<Vec<String>> {
    let mut texts = Vec::new();
    CopyOut::new(Chunks::new(chunks)).each(|row| {
        let mut values = row.values();
        texts.push(values.text().unwrap().unwrap().to_owned());
        for _ in 1..FIELDS {
            assert_eq!(values.integer().unwrap(), None);
        }
        assert!(values.text().is_err(), "a row has no more values");
        Ok(())
    })?;
    Ok(texts)
}

fn whole() -> Vec<u8> {
    [HEADER, &row("ann"), &row(""), &row("bob"), TRAILER].concat()
}

#[test]
fn rows_come_whole_wherever_the_pieces_are_cut() {
    let whole = whole();
    let expected = ["ann", "", "bob"];
    for cut in 0..=whole.len() {
        let (one, other) = whole.split_at(cut);
        assert_eq!(texts([one.to_vec(), other.to_vec()]).unwrap(), expected);
    }
    let bytes = whole.iter().map(|byte| vec![*byte]);
    assert_eq!(texts(bytes).unwrap(), expected);
}

#[test]
fn a_copy_that_ends_before_its_end_is_an_error_at_every_byte() {
    let whole = whole();
    for end in 0..whole.len() {
        texts([whole[..end].to_vec()]).unwrap_err();
    }
}

#[test]
fn what_is_no_copy_of_ours_is_an_error() {
    let of = |start: usize, bytes: &[u8]| {
        let mut copy = whole();
        copy[start..start + bytes.len()].copy_from_slice(bytes);
        texts([copy]).unwrap_err().to_string()
    };
    for (start, bytes, what) in [
        (0, &b"pgcopy"[..], "another signature"),
        (11, &[0, 1, 0, 0], "unknown flags"),
        (15, &[0xff; 4], "a header of negative length"),
        (19, &[0, 1], "a row of another width"),
        (19, &[0xff, 0xfe], "a row of another width"),
        (21, &[0xff, 0xff, 0xff, 0xfe], "a negative length"),
    ] {
        let error = of(start, bytes);
        assert!(error.ends_with(what), "{error}");
    }
    // The longest length that there is: what it would need never comes.
    let error = of(21, &[0x7f, 0xff, 0xff, 0xff]);
    assert!(error.contains("ended before"), "{error}");
}

#[test]
fn a_header_may_be_extended() {
    let mut copy = whole();
    copy[18] = 3;
    copy.splice(19..19, *b"new");
    assert_eq!(texts([copy]).unwrap(), ["ann", "", "bob"]);
}

#[test]
fn a_row_without_end_is_not_kept() {
    let count = i16::try_from(FIELDS).unwrap().to_be_bytes();
    let begin = [HEADER, &count, &[0x7f, 0xff, 0xff, 0xff]].concat();
    let endless = std::iter::once(begin).chain((0..64).map(|_| vec![0; 1 << 16]));
    let error = texts(endless).unwrap_err().to_string();
    assert!(error.ends_with("a row without end"), "{error}");
}

#[test]
fn a_copy_is_read_to_its_end_when_it_is_dropped() {
    let mut chunks = Chunks::new([whole(), row("cid"), row("dan"), TRAILER.to_vec()]);
    for breaks in [false, true] {
        chunks.breaks = breaks;
        let mut copy = CopyOut::new(&mut chunks);
        copy.each(|_| Err(DieselError::RollbackTransaction))
            .unwrap_err();
        drop(copy);
        assert!(chunks.chunks.is_empty());
        chunks.chunks = vec![whole()];
    }
}
