use chrono::{DateTime, TimeDelta, Utc};

use super::{InvalidRecord, MAX_TEXT_CHARS, RecordRef};
use crate::MatchKey;
use crate::time::can_be_written;

impl<Start> RecordRef<'_, Start> {
    /// How long the connection stood: end less setup, where both are known. Negative where clocks disagreed.
    pub fn duration(&self) -> Option<TimeDelta> {
        Some(self.connection_end_time? - self.connection_setup_time?)
    }

    /// The key that a filter by user name looks for.
    pub fn user_name_key(&self) -> Option<MatchKey> {
        self.user_name.map(MatchKey::of_name)
    }

    /// The key that a filter by computer name looks for.
    pub fn computer_name_key(&self) -> Option<MatchKey> {
        self.computer_name.map(MatchKey::of_name)
    }

    /// The key that a filter by terminal type looks for.
    pub fn terminal_type_key(&self) -> Option<MatchKey> {
        self.terminal_type.map(MatchKey::of_terminal_type)
    }
}

#[inline]
pub(super) fn check_text(field: &'static str, text: Option<&str>) -> Result<(), InvalidRecord> {
    let Some(text) = text else { return Ok(()) };
    // No text has more characters than bytes, so most are not counted.
    if text.len() > MAX_TEXT_CHARS {
        let length = text.chars().count();
        if length > MAX_TEXT_CHARS {
            return Err(InvalidRecord::TooLong { field, length });
        }
    }
    if has_nul(text) {
        return Err(InvalidRecord::ForbiddenCharacter { field });
    }
    Ok(())
}

#[inline]
pub(super) fn check_time(
    field: &'static str,
    time: Option<DateTime<Utc>>,
) -> Result<(), InvalidRecord> {
    if time.is_some_and(|time| !can_be_written(time)) {
        return Err(InvalidRecord::TimeOutOfRange { field });
    }
    Ok(())
}

/// Whether a text has a U+0000: eight bytes at a time, since every text of every record is asked.
fn has_nul(text: &str) -> bool {
    const ONES: u64 = u64::MAX / 0xFF;
    let has_zero = |word: &[u8; 8]| {
        // Only a byte that is 0 borrows and has its highest bit clear.
        let word = u64::from_le_bytes(*word);
        word.wrapping_sub(ONES) & !word & (ONES << 7) != 0
    };
    let bytes = text.as_bytes();
    match bytes.last_chunk() {
        // The last word overlaps the one before.
        Some(last) => bytes.as_chunks().0.iter().any(has_zero) || has_zero(last),
        None => bytes.contains(&0),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::has_nul;

    proptest! {
        #[test]
        fn a_nul_is_found_wherever_it_stands(text in "[\\x00-\\x02\\x7e-\\x{101}a]{0,40}") {
            prop_assert_eq!(has_nul(&text), text.contains('\0'));
        }
    }
}
