//! Bits into bytes, least significant first, as RFC 1951 packs them.

/// The most bytes that one [`Bits::flush`] touches.
const WORD: usize = 8;

/// A position to return to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position {
    end: usize,
    bits: u64,
    count: u32,
}

/// Writes bits. Whole bytes wait to be taken, up to 7 bits for their byte.
#[derive(Debug)]
pub(super) struct BitWriter {
    /// Longer than what was written.
    bytes: Vec<u8>,
    end: usize,
    bits: u64,
    /// How many bits wait.
    count: u32,
}

impl BitWriter {
    pub(super) fn new() -> Self {
        Self {
            bytes: Vec::new(),
            end: 0,
            bits: 0,
            count: 0,
        }
    }

    /// The whole bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    pub(super) fn clear_bytes(&mut self) {
        self.end = 0;
    }

    /// Makes room for so many bytes.
    pub(super) fn reserve(&mut self, bytes: usize) {
        let needed = self.end + bytes + WORD;
        if needed > self.bytes.len() {
            self.bytes.resize(needed.next_power_of_two(), 0);
        }
    }

    /// Lets many bits be put. There must be room for them.
    #[inline]
    pub(super) fn extend(&mut self, put: impl FnOnce(&mut Bits<'_>)) {
        let mut bits = Bits {
            room: &mut self.bytes[self.end..],
            word: self.bits,
            count: self.count,
        };
        put(&mut bits);
        self.bits = bits.word;
        self.count = bits.count;
        let left = bits.room.len();
        self.end = self.bytes.len() - left;
    }

    /// Adds a few bits, making room.
    pub(super) fn put(&mut self, bits: u64, count: u32) {
        self.reserve(WORD);
        self.extend(|writer| {
            writer.add(bits, count);
            writer.flush();
        });
    }

    /// Fills the last byte with zeros.
    pub(super) fn align(&mut self) {
        self.put(0, self.count.wrapping_neg() & 7);
    }

    /// Writes bytes at the start of a byte.
    pub(super) fn put_bytes(&mut self, bytes: &[u8]) {
        self.align();
        self.reserve(bytes.len());
        self.bytes[self.end..self.end + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    pub(super) fn position(&self) -> Position {
        Position {
            end: self.end,
            bits: self.bits,
            count: self.count,
        }
    }

    /// Takes back what was written since a position. No byte may have been taken since.
    pub(super) fn rewind(&mut self, position: Position) {
        self.end = position.end;
        self.bits = position.bits;
        self.count = position.count;
    }

    /// How many bits were written since a position.
    pub(super) fn bits_since(&self, position: Position) -> usize {
        let bits = |end: usize, count: u32| end * 8 + count as usize;
        bits(self.end, self.count).saturating_sub(bits(position.end, position.count))
    }
}

/// Bits on their way into a buffer that has room for them.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    room: &'a mut [u8],
    word: u64,
    count: u32,
}

impl Bits<'_> {
    /// How many bits wait, which are at most 7 after a [`flush`](Self::flush).
    #[inline]
    pub(super) fn waiting(&self) -> u32 {
        self.count
    }

    /// Adds bits; at most 63 may wait.
    #[inline]
    pub(super) fn add(&mut self, bits: u64, count: u32) {
        self.word |= bits << self.count;
        self.count += count;
        debug_assert!(self.count < 64);
    }

    /// Moves whole bytes out.
    #[inline]
    pub(super) fn flush(&mut self) {
        self.room[..WORD].copy_from_slice(&self.word.to_le_bytes());
        // The mask is for the compiler, which then knows that they fit.
        let whole = (self.count >> 3 & 7) as usize;
        self.room = &mut std::mem::take(&mut self.room)[whole..];
        self.word >>= self.count & !7;
        self.count &= 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_fill_bytes_from_the_least_significant() {
        let mut writer = BitWriter::new();
        writer.put(0b101, 3);
        let position = writer.position();
        writer.put(0x1FF, 9);
        assert_eq!(writer.bits_since(position), 9);
        writer.rewind(position);
        writer.put(0b1_1111, 5);
        writer.put(1, 1);
        writer.put_bytes(b"ab");
        assert_eq!(writer.bytes(), [0b1111_1101, 1, b'a', b'b']);
        writer.clear_bytes();
        writer.align();
        assert!(writer.bytes().is_empty());
    }
}
