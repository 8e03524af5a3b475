//! Bytes being written, with room behind their end.
//!
//! A short chunk of varying length is copied whole, at the fixed length of its array: one bounds check and one move of
//! a register instead of a call. What lies behind the end is overwritten by the next chunk.

/// The most that one [`Cursor::put`] writes behind the end.
pub(crate) const MAX_CHUNK: usize = 64;

/// Bytes with room behind their end.
#[derive(Debug)]
pub(crate) struct RowBuffer {
    bytes: Vec<u8>,
    end: usize,
}

impl RowBuffer {
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

    /// Leaves so many bytes as they are, for [`overwrite`](Self::overwrite).
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.reserve(bytes);
        self.end += bytes;
    }

    /// Overwrites bytes with others.
    pub(crate) fn overwrite(&mut self, start: usize, bytes: &[u8]) {
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
    }

    /// Makes room for so many bytes and one whole chunk more.
    #[inline]
    fn reserve(&mut self, bytes: usize) {
        let needed = self.end + bytes + MAX_CHUNK;
        if needed > self.bytes.len() {
            self.grow(needed);
        }
    }

    #[cold]
    fn grow(&mut self, needed: usize) {
        self.bytes.resize(needed.next_power_of_two(), 0);
    }

    /// Makes room for so many bytes and lets them be written.
    #[inline]
    pub(crate) fn write(&mut self, room: usize, write: impl FnOnce(&mut Cursor<'_>)) {
        self.reserve(room);
        let mut cursor = Cursor {
            room: &mut self.bytes,
            end: self.end,
        };
        write(&mut cursor);
        self.end = cursor.end;
    }

    /// Writes all of a slice of any length.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.bytes[self.end..self.end + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Takes back what was written behind a position.
    pub(crate) fn truncate(&mut self, end: usize) {
        self.end = self.end.min(end);
    }
}

/// A cursor that writes into a row buffer with enough room: a value of its own, so that the end stays in a register.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    room: &'a mut [u8],
    end: usize,
}

impl<'a> Cursor<'a> {
    /// Writes from the start of some room on.
    pub(crate) fn new(room: &'a mut [u8]) -> Self {
        Self { room, end: 0 }
    }

    /// How much was written, from the start of the room on.
    #[inline]
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    /// The same, as a mark has it: what waits in a row buffer is far below 4 GiB.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "far below 4 GiB")]
    pub(crate) fn position(&self) -> u32 {
        self.end as u32
    }

    /// The room that is left.
    #[inline]
    pub(crate) fn room(&mut self) -> &mut [u8] {
        &mut self.room[self.end..]
    }

    /// Moves the end, after so many bytes were written into the room.
    #[inline]
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.end += bytes;
    }

    /// Writes the first bytes of a chunk. There must be room for the whole chunk.
    #[inline]
    pub(crate) fn put<const N: usize>(&mut self, chunk: &[u8; N], length: usize) {
        debug_assert!(N <= MAX_CHUNK && length <= N);
        self.room()[..N].copy_from_slice(chunk);
        self.end += length;
    }

    /// Writes all of a slice of any length.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.room()[..bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Writes two short chunks and a longer one behind each other.
    #[inline]
    pub(crate) fn put_all(&mut self, first: &Chunk<16>, second: &Chunk<16>, last: &Chunk<64>) {
        const HALF: usize = 32;
        // The masks are for the compiler, which then knows that all fit.
        let second_start = usize::from(first.length & 31);
        let last_start = usize::from(first.length & 31) + usize::from(second.length & 31);
        let room = &mut self.room()[..2 * 31 + 64];
        room[..16].copy_from_slice(&first.bytes);
        room[second_start..second_start + 16].copy_from_slice(&second.bytes);
        let (half, other_half) = last.bytes.split_at(HALF);
        room[last_start..last_start + HALF].copy_from_slice(half);
        if usize::from(last.length) > HALF {
            room[last_start + HALF..last_start + 64].copy_from_slice(other_half);
        }
        self.end += last_start + usize::from(last.length);
    }
}

/// A short text with the array that [`Cursor::put`] asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<const N: usize> {
    bytes: [u8; N],
    length: u8,
}

impl<const N: usize> Chunk<N> {
    /// The text, of at most N bytes; what is longer is cut.
    pub(crate) const fn new(text: &[u8]) -> Self {
        let mut bytes = [0; N];
        let mut length = 0;
        while length < text.len() && length < N {
            bytes[length] = text[length];
            length += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most MAX_CHUNK")]
        let length = length as u8;
        Self { bytes, length }
    }

    #[inline]
    pub(crate) fn put(&self, cursor: &mut Cursor<'_>) {
        cursor.put(&self.bytes, usize::from(self.length));
    }

    /// How many bytes the text has.
    #[inline]
    pub(crate) const fn length(&self) -> u8 {
        self.length
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_follow_each_other() {
        let mut buffer = RowBuffer::with_capacity(0);
        buffer.write(20, |cursor| {
            Chunk::<16>::new(b"abc").put(cursor);
            Chunk::<8>::new(b"").put(cursor);
            Chunk::<8>::new(b"defg").put(cursor);
        });
        buffer.extend(&[b'x'; 100]);
        assert_eq!(
            buffer.written(),
            [b"abcdefg".as_slice(), &[b'x'; 100]].concat()
        );
        buffer.truncate(5);
        buffer.overwrite(1, b"xyz");
        assert_eq!(buffer.written(), b"axyze");
        buffer.skip(100);
        assert_eq!(buffer.end(), 105);
    }
}
