//! Values as PostgreSQL sends them in its binary format, which COPY and single rows share.

use chrono::{DateTime, Utc};

use crate::error::Cause;
use crate::record::Values;

/// Microseconds from 1970-01-01, where a time of ours is zero, to 2000-01-01, where one of PostgreSQL's is.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// The values of a row whose bytes come from an iterator.
pub(super) struct Binary<I>(pub(super) I);

impl<'a, I: Iterator<Item = Result<Option<&'a [u8]>, Cause>>> Binary<I> {
    fn bytes(&mut self) -> Result<Option<&'a [u8]>, Cause> {
        self.0
            .next()
            .unwrap_or_else(|| Err("a row has too few values".into()))
    }
}

impl<'a, I: Iterator<Item = Result<Option<&'a [u8]>, Cause>>> Values<'a> for Binary<I> {
    fn text(&mut self) -> Result<Option<&'a str>, Cause> {
        Ok(self.bytes()?.map(str::from_utf8).transpose()?)
    }

    fn time(&mut self) -> Result<Option<DateTime<Utc>>, Cause> {
        self.bytes()?.map(time).transpose()
    }

    fn boolean(&mut self) -> Result<Option<bool>, Cause> {
        self.bytes()?.map(boolean).transpose()
    }

    fn integer(&mut self) -> Result<Option<i32>, Cause> {
        self.bytes()?.map(integer).transpose()
    }
}

/// A time, from its microseconds.
pub(super) fn time(bytes: &[u8]) -> Result<DateTime<Utc>, Cause> {
    // Infinity, of either sign, is the last number that there is.
    i64::from_be_bytes(array(bytes)?)
        .checked_add(EPOCH_MICROS)
        .and_then(DateTime::from_timestamp_micros)
        .ok_or_else(|| "a time beyond all calendars".into())
}

pub(super) fn boolean(bytes: &[u8]) -> Result<bool, Cause> {
    let [byte] = array(bytes)?;
    Ok(byte != 0)
}

pub(super) fn integer(bytes: &[u8]) -> Result<i32, Cause> {
    array(bytes).map(i32::from_be_bytes)
}

/// A value whose type gives it a length.
fn array<const LENGTH: usize>(bytes: &[u8]) -> Result<[u8; LENGTH], Cause> {
    bytes
        .try_into()
        .map_err(|_| format!("a value has {} bytes, not {LENGTH}", bytes.len()).into())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn one(bytes: Option<&[u8]>) -> Binary<impl Iterator<Item = Result<Option<&[u8]>, Cause>>> {
        Binary(std::iter::once(Ok(bytes)))
    }

    fn time(micros: i64) -> Result<Option<DateTime<Utc>>, Cause> {
        one(Some(&micros.to_be_bytes())).time()
    }

    #[test]
    fn a_time_counts_microseconds_from_2000() {
        let epoch: DateTime<Utc> = "2000-01-01T00:00:00Z".parse().unwrap();
        for micros in [0, 1, -1, 86_400_000_000, -946_684_800_000_001] {
            let expected = epoch + TimeDelta::microseconds(micros);
            assert_eq!(time(micros).unwrap(), Some(expected));
        }
        assert!(time(i64::MAX).is_err());
        assert!(time(i64::MIN).is_err());
    }

    #[test]
    fn a_value_that_is_none_of_its_type_is_an_error() {
        assert!(one(Some(&[0; 7])).time().is_err());
        assert!(one(Some(&[0; 5])).integer().is_err());
        assert!(one(Some(&[])).boolean().is_err());
        assert!(one(Some(&[0xff])).text().is_err());
        assert_eq!(one(Some("é".as_bytes())).text().unwrap(), Some("é"));
    }

    #[test]
    fn nothing_is_nothing_of_every_type_and_no_value_is_an_error() {
        assert_eq!(one(None).time().unwrap(), None);
        assert_eq!(one(None).integer().unwrap(), None);
        assert_eq!(one(None).boolean().unwrap(), None);
        assert_eq!(one(None).text().unwrap(), None);
        assert!(Binary(std::iter::empty()).text().is_err());
    }
}
