//! Bytes being written, with room behind their end.
//!
//! A short piece of varying length is copied whole, at the fixed length of its array: one bounds check and one move of
//! a register instead of a call. What lies behind the end is overwritten by the next piece.

/// The most that one [`Tape::put`] writes behind the end.
pub(crate) const MAX_PIECE: usize = 64;

/// Bytes with room behind their end.
#[derive(Debug)]
pub(crate) struct Tape {
    bytes: Vec<u8>,
    end: usize,
}

impl Tape {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: vec![0; capacity],
            end: 0,
        }
    }

    /// Where the next byte will stand.
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    /// What was written.
    pub(crate) fn written(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    /// What was written, and the room behind it.
    pub(crate) fn memory(&self) -> &[u8] {
        &self.bytes
    }

    /// Drops so many bytes at the start; the rest moves to the front.
    pub(crate) fn drop_front(&mut self, bytes: usize) {
        let dropped = bytes.min(self.end);
        self.bytes.copy_within(dropped..self.end, 0);
        self.end -= dropped;
    }

    /// Makes room for so many bytes and one whole piece more.
    #[inline]
    pub(crate) fn reserve(&mut self, bytes: usize) {
        let needed = self.end + bytes + MAX_PIECE;
        if needed > self.bytes.len() {
            self.grow(needed);
        }
    }

    #[cold]
    fn grow(&mut self, needed: usize) {
        self.bytes.resize(needed.next_power_of_two(), 0);
    }

    /// Writes the first bytes of a piece. There must be room for all of it.
    #[inline]
    pub(crate) fn put<const N: usize>(&mut self, piece: &[u8; N], length: usize) {
        debug_assert!(N <= MAX_PIECE && length <= N);
        self.bytes[self.end..self.end + N].copy_from_slice(piece);
        self.end += length;
    }

    /// Writes all of a slice of any length.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.bytes[self.end..self.end + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Takes back what was written behind a place.
    pub(crate) fn truncate(&mut self, end: usize) {
        self.end = self.end.min(end);
    }
}

/// A short text with the array that [`Tape::put`] asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Piece<N> {
    /// The text, of at most N bytes; what is longer is cut.
    pub(crate) const fn new(text: &[u8]) -> Self {
        let mut bytes = [0; N];
        let mut length = 0;
        while length < text.len() && length < N {
            bytes[length] = text[length];
            length += 1;
        }
        Self { bytes, length }
    }

    #[inline]
    pub(crate) fn put(&self, tape: &mut Tape) {
        tape.put(&self.bytes, self.length);
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_follow_each_other() {
        let mut tape = Tape::with_capacity(0);
        tape.reserve(20);
        Piece::<16>::new(b"abc").put(&mut tape);
        Piece::<8>::new(b"").put(&mut tape);
        Piece::<8>::new(b"defg").put(&mut tape);
        tape.extend(&[b'x'; 100]);
        assert_eq!(
            tape.written(),
            [b"abcdefg".as_slice(), &[b'x'; 100]].concat()
        );
        tape.truncate(5);
        tape.drop_front(3);
        assert_eq!(tape.written(), b"de");
        tape.drop_front(7);
        assert_eq!(tape.end(), 0);
    }
}
