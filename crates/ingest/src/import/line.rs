use std::io::{self, BufRead, Read};

use crate::record::{BYTE_ORDER_MARK, is_utf16};

/// The most bytes that one line may have, its end included: 1 MiB. A CSV record that spans lines counts whole.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// Reads lines, none of them further than [`MAX_LINE_BYTES`] allow.
pub(super) struct LineReader<R> {
    input: R,
    lines: u64,
    bytes: u64,
    /// Whether the line that was read last was cut, and goes on.
    goes_on: bool,
    is_utf16: bool,
}

/// How far a line was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// To its end, which is in the buffer: a line feed, or the end of the input.
    Whole,
    /// The buffer has more bytes than allowed.
    Cut,
    /// There was no line any more.
    End,
}

impl<R: BufRead> LineReader<R> {
    pub(super) const fn new(input: R) -> Self {
        Self {
            input,
            lines: 0,
            bytes: 0,
            goes_on: false,
            is_utf16: false,
        }
    }

    /// Whether the input is encoded in UTF-16, which its beginning shows. Its lines are then none that anybody wrote.
    pub(super) const fn is_utf16(&self) -> bool {
        self.is_utf16
    }

    /// How many lines were begun, which is the number of the last.
    pub(super) const fn lines(&self) -> u64 {
        self.lines
    }

    /// How many bytes were read.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends the next line to the buffer, or what is left of a line that was [cut](Reach::Cut), until the buffer has
    /// one byte more than [`MAX_LINE_BYTES`].
    pub(super) fn read(&mut self, buffer: &mut Vec<u8>) -> io::Result<Reach> {
        let room = (MAX_LINE_BYTES + 1).saturating_sub(buffer.len());
        let read = (&mut self.input)
            .take(room as u64)
            .read_until(b'\n', buffer)?;
        if read == 0 {
            self.goes_on = false;
            return Ok(Reach::End);
        }
        if !self.goes_on {
            self.lines += 1;
        }
        if self.bytes == 0 {
            self.is_utf16 = is_utf16(buffer);
            if buffer.starts_with(BYTE_ORDER_MARK) {
                buffer.drain(..BYTE_ORDER_MARK.len());
            }
        }
        self.bytes += read as u64;
        let is_cut = buffer.len() > MAX_LINE_BYTES;
        self.goes_on = is_cut && !buffer.ends_with(b"\n");
        Ok(if is_cut { Reach::Cut } else { Reach::Whole })
    }

    /// Whether the line that was read last was cut, and goes on.
    pub(super) const fn goes_on(&self) -> bool {
        self.goes_on
    }
}
