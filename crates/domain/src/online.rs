use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::parameter::Parameter;
use crate::query::shown;
use crate::values::{Values, from_pairs};
use crate::{ExportFilter, InvalidFilter, ProjectScope, TimeGrid, TimeRange};

/// What users online were asked for with, as it was sent: each parameter at most once, none longer than allowed, an
/// empty value as good as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnlineQuery(Values);

impl OnlineQuery {
    /// Every parameter that it knows.
    ///
    /// Of the filters `state` and `failure_reason` are left out: a connection that failed was never open, and whether one has ended
    /// since says nothing of who was online.
    pub const PARAMETERS: [Parameter; 27] = parameters();

    from_pairs!();

    /// Reads the values, at the time `now`. Where `query_type` is given it wins, and of the times only that they are times
    /// matters (`contract.md` §3).
    ///
    /// # Errors
    /// When a value cannot be read, there is neither a type nor both times, the start is not before the end, or they span
    /// more than [`TimeGrid::MAX_DAYS`].
    pub fn into_request(
        self,
        scope: ProjectScope,
        now: DateTime<Utc>,
    ) -> Result<OnlineRequest, InvalidFilter> {
        let time_zone = self.0.time_zone()?;
        let start = self.0.time(Parameter::StartTime)?;
        let end = self.0.time(Parameter::EndTime)?;
        let grid = match (self.period()?, start, end) {
            (Some(period), ..) => period.grid(now, time_zone),
            (None, Some(start), Some(end)) => {
                TimeRange::new(start, Some(end))?;
                TimeGrid::between(start, end, time_zone)
                    .map_err(|days| InvalidFilter::TooManyDays { days })?
            }
            (None, None, Some(_)) => return Err(InvalidFilter::EndWithoutStart),
            (None, _, None) => return Err(InvalidFilter::NoPeriod),
        };
        let filter = self.0.filter_at_any_time(scope.clone())?;
        Ok(OnlineRequest {
            scope,
            filter,
            grid,
            now,
        })
    }

    fn period(&self) -> Result<Option<Period>, InvalidFilter> {
        let Some(value) = self.0.get(Parameter::QueryType) else {
            return Ok(None);
        };
        let period = Period::ALL
            .into_iter()
            .find(|period| period.name() == value);
        match period {
            Some(period) => Ok(Some(period)),
            None => Err(InvalidFilter::QueryType {
                value: shown(value),
            }),
        }
    }
}

/// The vendor's parameters, and the filters that make sense besides.
const fn parameters() -> [Parameter; 27] {
    let mut all = [Parameter::QueryType; 27];
    let (mut index, mut filter) = (1, 0);
    while filter < Parameter::FILTERS.len() {
        let parameter = Parameter::FILTERS[filter];
        if !matches!(parameter, Parameter::State | Parameter::FailureReason) {
            all[index] = parameter;
            index += 1;
        }
        filter += 1;
    }
    all[index] = Parameter::TimeZone;
    assert!(index + 1 == all.len(), "the length is that of all");
    all
}

/// What users online were asked for, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnlineRequest {
    /// Whose users.
    pub scope: ProjectScope,
    /// Which of their connections count, whenever they began.
    pub filter: ExportFilter,
    /// The hours or days in each of which they are counted.
    pub grid: TimeGrid,
    /// Until when a connection that did not end is taken to be open.
    pub now: DateTime<Utc>,
}

/// A period that ends with today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Today, hour by hour.
    Day,
    /// The last 7 days, today among them.
    Week,
    /// The last 30 days, today among them.
    Month,
}

impl Period {
    /// Every period there is.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
        }
    }

    fn grid(self, now: DateTime<Utc>, time_zone: Tz) -> TimeGrid {
        match self {
            Self::Day => TimeGrid::today(now, time_zone),
            Self::Week => TimeGrid::last_days(7, now, time_zone),
            Self::Month => TimeGrid::last_days(30, now, time_zone),
        }
    }
}
