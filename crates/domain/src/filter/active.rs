use chrono::{DateTime, Utc};

use crate::RecordFields;
use crate::time::{ceil_to_micros, floor_to_micros};

/// When a connection was open: at a time, or at some moment from one time until before another.
///
/// A connection is open from its setup, which is included, until its end, which is not; and always at the moment of its setup.
/// Users online are counted by the same rule, so the connections of an hour are those of the users that are counted in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveTime {
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
}

impl ActiveTime {
    /// At some moment from one time until before another; `None` where no moment lies between them.
    pub fn between(from: DateTime<Utc>, until: DateTime<Utc>) -> Option<Self> {
        (from < until).then(|| Self {
            from: ceil_to_micros(from),
            until: Some(ceil_to_micros(until)),
        })
    }

    /// The time, or the first one of several, in whole microseconds.
    pub const fn from(self) -> DateTime<Utc> {
        self.from
    }

    /// The first time after them; `None` where there is only one.
    pub const fn until(self) -> Option<DateTime<Utc>> {
        self.until
    }

    /// Whether a connection was open then.
    pub(super) fn contains(self, fields: &RecordFields) -> bool {
        let Some(setup) = fields.connection_setup_time else {
            return false;
        };
        let is_set_up = match self.until {
            Some(until) => self.from <= setup && setup < until,
            None => setup == self.from,
        };
        is_set_up
            || setup < self.from && fields.connection_end_time.is_none_or(|end| self.from < end)
    }
}

impl From<DateTime<Utc>> for ActiveTime {
    fn from(time: DateTime<Utc>) -> Self {
        Self {
            from: floor_to_micros(time),
            until: None,
        }
    }
}
