use std::ops::RangeInclusive;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::SettingsError;
use super::check::wrong;
use super::kind::range_of;

/// How long records are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionSettings {
    /// For how many days after their start. None: for ever.
    pub days: Option<u32>,
    /// How often it is looked for records that are too old, in hours.
    pub interval_hours: u32,
}

impl RetentionSettings {
    /// For how many days records may be kept, wherever that is said.
    pub fn range_of_days() -> RangeInclusive<i64> {
        range_of("retention.days")
    }

    /// The time before which a record must have started to be too old; `None` where all are kept.
    pub fn limit(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        now.checked_sub_signed(TimeDelta::days(self.days?.into()))
    }

    /// How often it is looked for records that are too old.
    pub fn interval(&self) -> Duration {
        Duration::from_secs(u64::from(self.interval_hours) * 3600)
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        if self.days == Some(0) {
            return Err(wrong(
                "retention.days",
                "must be at least 1: to keep all records, leave it out",
            ));
        }
        if self.interval_hours == 0 {
            return Err(wrong("retention.interval_hours", "must be at least 1"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use deskledger_domain::parse_time;

    use super::*;

    #[test]
    fn the_limit_is_so_many_days_ago() {
        let settings = |days| RetentionSettings {
            days,
            interval_hours: 24,
        };
        let now = parse_time("2026-03-01T12:00Z").unwrap();
        assert_eq!(settings(None).limit(now), None);
        let limit = parse_time("2026-01-30T12:00Z").unwrap();
        assert_eq!(settings(Some(30)).limit(now), Some(limit));
        // Before all calendars nothing is too old.
        assert_eq!(settings(Some(u32::MAX)).limit(now), None);
        assert!(settings(Some(0)).check().is_err());
        assert!(settings(Some(1)).check().is_ok());
    }
}
