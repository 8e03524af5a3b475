//! Text as XML holds it, with Excel's own escapes for what XML 1.0 cannot hold.
//!
//! Excel writes such a character as `_xHHHH_`, and so literal text that reads like one with its underscore escaped:
//! `_x005F_xHHHH_`. Nearly all text needs no escape, so it is copied first and looked at on the way, 16 bytes at a time.

use crate::row_buffer::Cursor;

/// The most bytes that one byte of text becomes.
pub(crate) const MAX_GROWTH: usize = 7;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Writes a text, escaped. There must be room for [`MAX_GROWTH`] times its length.
#[inline]
pub(crate) fn put(text: &[u8], cursor: &mut Cursor<'_>) {
    let length = if copy(text, cursor.room()) {
        put_escaped(text, cursor.room())
    } else {
        text.len()
    };
    cursor.advance(length);
}

/// Copies a text as it is and returns whether it has a byte that may need an escape.
#[inline]
fn copy(text: &[u8], room: &mut [u8]) -> bool {
    let room = &mut room[..text.len()];
    if let Some(last) = text.last_chunk::<16>() {
        let mut special = has_special(last);
        let chunks = text.as_chunks::<16>().0.iter();
        for (to, chunk) in room.as_chunks_mut::<16>().0.iter_mut().zip(chunks) {
            *to = *chunk;
            special |= has_special(chunk);
        }
        // It overlaps the one before.
        copy_last(last, room);
        special
    } else if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        copy_first(first, room);
        copy_last(last, room);
        has_special(&pair::<8, 16>(first, last))
    } else if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        copy_first(first, room);
        copy_last(last, room);
        let both = pair::<4, 8>(first, last);
        has_special(&pair::<8, 16>(&both, &both))
    } else {
        let mut special = false;
        for (to, byte) in room.iter_mut().zip(text) {
            *to = *byte;
            special |= is_special(*byte);
        }
        special
    }
}

#[inline]
fn copy_first<const N: usize>(bytes: &[u8; N], room: &mut [u8]) {
    if let Some(room) = room.first_chunk_mut() {
        *room = *bytes;
    }
}

#[inline]
fn copy_last<const N: usize>(bytes: &[u8; N], room: &mut [u8]) {
    if let Some(room) = room.last_chunk_mut() {
        *room = *bytes;
    }
}

/// Two arrays joined into one.
#[inline]
fn pair<const N: usize, const BOTH: usize>(first: &[u8; N], last: &[u8; N]) -> [u8; BOTH] {
    let mut both = [b' '; BOTH];
    both[..N].copy_from_slice(first);
    both[BOTH - N..].copy_from_slice(last);
    both
}

/// Written without branches, so that it compiles to comparisons of whole registers.
#[inline]
fn has_special<const N: usize>(bytes: &[u8; N]) -> bool {
    let special = bytes.iter().fold(0, |special, &byte| {
        special
            | u8::from(byte < b' ')
            | u8::from(byte == b'&')
            | u8::from(byte == b'<')
            | u8::from(byte == b'>')
            | u8::from(byte == b'_')
            | u8::from(byte == 0xEF)
    });
    special != 0
}

/// Whether a byte may begin what needs an escape; U+FFFE and U+FFFF begin with 0xEF.
#[inline]
fn is_special(byte: u8) -> bool {
    has_special(&[byte])
}

/// Writes a text into a buffer, with escapes, and returns its length there.
#[cold]
fn put_escaped(text: &[u8], room: &mut [u8]) -> usize {
    let mut cursor = Cursor::new(room);
    let mut rest = text;
    while let Some(start) = rest.iter().position(|&byte| is_special(byte)) {
        let (plain, special) = rest.split_at(start);
        cursor.extend(plain);
        rest = put_special(special, &mut cursor);
    }
    cursor.extend(rest);
    cursor.end()
}

/// Writes the character at the start of a text and gives the rest.
fn put_special<'a>(text: &'a [u8], cursor: &mut Cursor<'_>) -> &'a [u8] {
    if let Some((code, rest)) = forbidden(text) {
        put_code(code, cursor);
        return rest;
    }
    let Some((&byte, rest)) = text.split_first() else {
        return text;
    };
    match byte {
        b'&' => cursor.extend(b"&amp;"),
        b'<' => cursor.extend(b"&lt;"),
        b'>' => cursor.extend(b"&gt;"),
        b'_' if begins_like_escape(rest) => cursor.extend(b"_x005F_"),
        _ => cursor.extend(&[byte]),
    }
    rest
}

fn put_code(code: u16, cursor: &mut Cursor<'_>) {
    let digit = |shift: u32| HEX[usize::from(code >> shift & 0xF)];
    cursor.extend(&[b'_', b'x', digit(12), digit(8), digit(4), digit(0), b'_']);
}

/// The code of a character at the start of a text that XML 1.0 cannot hold, or would change (a carriage return), and
/// the rest of the text.
fn forbidden(text: &[u8]) -> Option<(u16, &[u8])> {
    match text {
        [byte @ (0..=0x8 | 0xB..=0x1F), rest @ ..] => Some((u16::from(*byte), rest)),
        [0xEF, 0xBF, byte @ (0xBE | 0xBF), rest @ ..] => {
            Some((0xFFFE + u16::from(byte - 0xBE), rest))
        }
        _ => None,
    }
}

/// Whether a text behind an underscore makes the two read as an escape, once it is escaped itself: the underscore that
/// ends it may be the first byte of the next character's escape.
fn begins_like_escape(text: &[u8]) -> bool {
    match text {
        [b'x', a, b, c, d, after @ ..] => {
            [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit())
                && (after.first() == Some(&b'_') || forbidden(after).is_some())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::row_buffer::RowBuffer;

    fn escaped(text: &str) -> String {
        let mut buffer = RowBuffer::with_capacity(0);
        buffer.write(text.len() * MAX_GROWTH, |cursor| {
            put(text.as_bytes(), cursor);
        });
        String::from_utf8(buffer.written().to_vec()).unwrap()
    }

    /// The same, character by character, as a reader would put it.
    fn slowly(text: &str) -> String {
        let mut room = vec![0; text.len() * MAX_GROWTH];
        let length = put_escaped(text.as_bytes(), &mut room);
        room.truncate(length);
        String::from_utf8(room).unwrap()
    }

    #[test]
    fn plain_text_of_every_length_is_copied() {
        let text: String = ('a'..='z').cycle().take(100).collect();
        for length in 0..100 {
            assert_eq!(escaped(&text[..length]), text[..length]);
        }
    }

    #[test]
    fn a_special_character_is_found_wherever_it_stands() {
        for length in 1..70 {
            for at in 0..length {
                for (character, expected) in [
                    ('&', "&amp;"),
                    ('\u{1}', "_x0001_"),
                    ('\u{FFFF}', "_xFFFF_"),
                ] {
                    let before = "x".repeat(at);
                    let after = "y".repeat(length - at - 1);
                    assert_eq!(
                        escaped(&format!("{before}{character}{after}")),
                        format!("{before}{expected}{after}")
                    );
                }
            }
        }
    }

    #[test]
    fn an_escape_cannot_borrow_its_end_from_the_next() {
        assert_eq!(escaped("_x0041\u{1}"), "_x005F_x0041_x0001_");
        assert_eq!(escaped("_xfFfF\u{FFFE}"), "_x005F_xfFfF_xFFFE_");
        assert_eq!(escaped("_x0041\t"), "_x0041\t");
        assert_eq!(escaped("_x0041"), "_x0041");
        assert_eq!(escaped("_x0041_x0042_"), "_x005F_x0041_x005F_x0042_");
    }

    proptest! {
        #[test]
        fn the_fast_way_and_the_slow_way_agree(text in "([_x0-9A-F&<>\u{FFFE}\u{1} ]|.){0,60}") {
            prop_assert_eq!(escaped(&text), slowly(&text));
            prop_assert!(escaped(&text).len() <= text.len() * MAX_GROWTH);
        }
    }
}
