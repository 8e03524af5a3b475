//! Numbers as text.

use crate::{
    row_buffer::{Chunk, Cursor},
    serial::{MILLISECONDS_IN_DAY, Serial},
};

/// The most digits of a number.
const DIGITS: usize = 20;

/// 00 to 99, two digits each.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let (mut tens, mut at) = (b'0', 0);
    while at < 100 {
        let mut ones = b'0';
        while ones <= b'9' {
            pairs[at] = [tens, ones];
            ones += 1;
            at += 1;
        }
        tens += 1;
    }
    pairs
};

/// Writes a whole number.
#[inline]
pub(crate) fn put_integer(integer: i64, cursor: &mut Cursor<'_>) {
    if integer < 0 {
        cursor.put(b"-", 1);
    }
    let mut digits = [0; 2 * DIGITS];
    let start = fill(integer.unsigned_abs(), &mut digits);
    if let Some(chunk) = digits[start..].first_chunk::<DIGITS>() {
        cursor.put(chunk, DIGITS - start);
    }
}

/// Writes a number into a buffer, so that it reads back exactly, and returns its length. The number must be finite.
pub(crate) fn put_decimal(decimal: f64, room: &mut [u8]) -> usize {
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(decimal);
    let text = text.strip_suffix(".0").unwrap_or(text);
    room[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
}

/// How much later than its millisecond a part of a day must be, in 864ths of 10^-9 of a day: a tenth of it, 8.6 µs. A float has
/// days of this century to 0.6 µs, so that the float, and a few products of it, are still not before the millisecond.
const LEAST_EXCESS: u64 = 86;

/// Half, quarter, eighth, … of a day that a float has exactly and that nine digits can write, in milliseconds: 512ths.
const EXACT: u32 = MILLISECONDS_IN_DAY / 512;

/// Writes days and the part of a day, to nine digits behind the point, rounded up: at most 95 µs late and never early, so
/// that every millisecond reads back, and no reader that cuts instead of rounding shows the second before. What nine digits
/// hold exactly and a float does not is rounded up, too: such a float may be the one before, as JavaScript readers show.
#[inline]
pub(crate) fn put_serial(serial: Serial, cursor: &mut Cursor<'_>) {
    put_integer(i64::from(serial.day), cursor);
    if serial.millisecond == 0 {
        return;
    }
    // 10^9 parts of a day in 86,400,000 ms; it stays under 10^9 as no millisecond is the last.
    let exact = u64::from(serial.millisecond) * 10_000;
    let least = if serial.millisecond.is_multiple_of(EXACT) {
        0
    } else {
        LEAST_EXCESS
    };
    let mut parts = (exact + least).div_ceil(864);
    let mut digits = *b".000000000\0\0\0\0\0\0";
    for at in [8, 6, 4, 2] {
        let [tens, ones] = pair(parts % 100);
        digits[at] = tens;
        digits[at + 1] = ones;
        parts /= 100;
    }
    digits[1] = pair(parts)[1];
    let mut length = 10;
    while digits[length - 1] == b'0' {
        length -= 1;
    }
    cursor.put(&digits, length);
}

/// The digits of a row's number.
pub(crate) fn row_number(number: u32) -> Chunk<16> {
    let mut digits = [0; 2 * DIGITS];
    let start = fill(u64::from(number), &mut digits);
    Chunk::new(&digits[start..DIGITS])
}

/// Writes the digits before the middle of the array and returns where they start.
#[inline]
fn fill(mut number: u64, digits: &mut [u8; 2 * DIGITS]) -> usize {
    let mut at = DIGITS;
    while number >= 10 {
        let [tens, ones] = pair(number % 100);
        digits[at - 1] = ones;
        digits[at - 2] = tens;
        at -= 2;
        number /= 100;
    }
    if number > 0 || at == DIGITS {
        at -= 1;
        digits[at] = pair(number)[1];
    }
    at
}

#[inline]
fn pair(number: u64) -> [u8; 2] {
    usize::try_from(number)
        .ok()
        .and_then(|number| PAIRS.get(number))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::row_buffer::RowBuffer;

    fn text(put: impl FnOnce(&mut Cursor<'_>)) -> String {
        let mut buffer = RowBuffer::with_capacity(0);
        buffer.write(40, put);
        assert!(buffer.end() <= 40);
        String::from_utf8(buffer.written().to_vec()).unwrap()
    }

    #[test]
    fn integers_have_all_their_digits() {
        for integer in [0, 9, 10, 99, 100, 101, -1, -10, 12_345, i64::MAX, i64::MIN] {
            assert_eq!(
                text(|cursor| put_integer(integer, cursor)),
                integer.to_string()
            );
        }
    }

    #[test]
    fn row_numbers_are_their_digits() {
        for number in [1, 9, 10, 1_048_576, u32::MAX] {
            assert_eq!(row_number(number).as_bytes(), number.to_string().as_bytes());
        }
    }

    #[test]
    fn a_serial_has_no_needless_digits() {
        let serial =
            |day, millisecond| text(|cursor| put_serial(Serial { day, millisecond }, cursor));
        assert_eq!(serial(36_526, 43_200_000), "36526.5");
        assert_eq!(serial(36_526, 0), "36526");
        assert_eq!(serial(0, 1), "0.000000012");
        assert_eq!(serial(0, 86_399_999), "0.999999989");
        assert_eq!(serial(45_351, 30_600_000), "45351.354166667");
    }

    proptest! {
        #[test]
        fn every_integer_reads_back(integer in any::<i64>()) {
            prop_assert_eq!(text(|cursor| put_integer(integer, cursor)), integer.to_string());
        }

        #[test]
        fn every_decimal_reads_back(decimal in any::<f64>().prop_filter("a number", |number| number.is_finite())) {
            let text = text(|cursor| {
                let length = put_decimal(decimal, cursor.room());
                cursor.advance(length);
            });
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), decimal.to_bits());
        }

        #[test]
        fn every_millisecond_reads_back(day in 0_u32..2_958_466, millisecond in 0_u32..86_400_000) {
            let text = text(|cursor| put_serial(Serial { day, millisecond }, cursor));
            let read = (text.parse::<f64>().unwrap() * 86_400_000.0).round();
            prop_assert!((read - (f64::from(day) * 86_400_000.0 + f64::from(millisecond))).abs() < 0.1);
        }

        /// As SheetJS and exceljs make a time of a serial; both multiply step by step.
        #[test]
        fn no_second_is_read_as_the_millisecond_before_it(day in 0_u32..73_000, second in 0_u32..86_400) {
            let text = text(|cursor| put_serial(Serial { day, millisecond: second * 1_000 }, cursor));
            let serial = text.parse::<f64>().unwrap();
            let sheet_js = (serial * 24.0 * 60.0 * 60.0 * 1_000.0).floor();
            let exceljs = ((serial - 25_569.0) * 24.0 * 3_600.0 * 1_000.0).floor() + 25_569.0 * 86_400_000.0;
            let expected = f64::from(day) * 86_400_000.0 + f64::from(second) * 1_000.0;
            prop_assert!((sheet_js - expected).abs() < 0.5, "{} is {}", text, sheet_js);
            prop_assert!((exceljs - expected).abs() < 0.5, "{} is {}", text, exceljs);
        }

        #[test]
        fn no_second_is_cut_to_the_one_before(day in 0_u32..2_958_466, second in 0_u32..86_400) {
            let text = text(|cursor| put_serial(Serial { day, millisecond: second * 1_000 }, cursor));
            let (_, part) = text.split_once('.').unwrap_or((&text, "0"));
            let parts = format!("{part:0<9}").parse::<u64>().unwrap();
            prop_assert_eq!(parts * 86_400 / 1_000_000_000, u64::from(second));
        }
    }
}
