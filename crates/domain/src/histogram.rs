use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::parameter::{Parameter, filters_and};
use crate::query::shown;
use crate::time_grid::buckets;
use crate::values::{Values, from_pairs};
use crate::{ExportFilter, InvalidFilter, ProjectScope};

/// What a histogram was asked for with, as it was sent: each parameter at most once, none longer than allowed, an empty value as
/// good as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistogramQuery(Values);

impl HistogramQuery {
    /// Every parameter that it knows.
    pub const PARAMETERS: [Parameter; 29] = filters_and([Parameter::Interval, Parameter::TimeZone]);

    /// What lets the service choose the interval.
    pub const AUTO: &str = "auto";

    from_pairs!();

    /// Reads the values.
    ///
    /// # Errors
    /// When a value cannot be read, there is an end without a start, a range is empty, or the times that are given make more
    /// than [`HistogramRequest::MOST`] buckets.
    pub fn into_request(self, scope: ProjectScope) -> Result<HistogramRequest, InvalidFilter> {
        let request = HistogramRequest {
            time_zone: self.0.time_zone()?,
            interval: self.interval()?,
            filter: self.0.filter(scope)?,
        };
        if let (Some(start), Some(end)) =
            (request.filter.time().start(), request.filter.time().end())
        {
            request.between(start, end)?;
        }
        Ok(request)
    }

    fn interval(&self) -> Result<Option<Interval>, InvalidFilter> {
        let value = match self.0.get(Parameter::Interval) {
            None | Some(Self::AUTO) => return Ok(None),
            Some(value) => value,
        };
        let mut intervals = Interval::ALL.into_iter();
        match intervals.find(|interval| interval.name() == value) {
            Some(interval) => Ok(Some(interval)),
            None => Err(InvalidFilter::Choice {
                parameter: Parameter::Interval,
                value: shown(value),
                choices: [Self::AUTO]
                    .into_iter()
                    .chain(Interval::ALL.map(Interval::name))
                    .collect(),
            }),
        }
    }
}

/// How long a bucket of a histogram is, in a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interval {
    /// A minute.
    Minute,
    /// An hour, as a clock on the wall shows it.
    Hour,
    /// A day.
    Day,
    /// A month.
    Month,
}

impl Interval {
    /// Every interval there is, from the shortest.
    pub const ALL: [Self; 4] = [Self::Minute, Self::Hour, Self::Day, Self::Month];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// What a histogram was asked for, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistogramRequest {
    filter: ExportFilter,
    interval: Option<Interval>,
    time_zone: Tz,
}

impl HistogramRequest {
    /// The most buckets that a histogram has.
    pub const MOST: usize = 400;

    /// The most buckets that it has where the service chooses the interval and a longer one is left.
    pub const MOST_OF_AUTO: usize = 120;

    /// A histogram of the records of a filter, by an interval that is chosen where none is given.
    pub const fn new(filter: ExportFilter, interval: Option<Interval>, time_zone: Tz) -> Self {
        Self {
            filter,
            interval,
            time_zone,
        }
    }

    /// Which records.
    pub const fn filter(&self) -> &ExportFilter {
        &self.filter
    }

    /// The buckets of the range of the filter. Where that is open, they go from `first`, when the oldest record that matches
    /// began, to `last`, when the newest one did.
    ///
    /// # Errors
    /// When there would be more than [`MOST`](Self::MOST).
    pub fn buckets(
        &self,
        first: DateTime<Utc>,
        last: DateTime<Utc>,
    ) -> Result<HistogramGrid, InvalidFilter> {
        let time = self.filter.time();
        self.between(
            time.start().unwrap_or(first),
            time.end().unwrap_or(last + TimeDelta::microseconds(1)),
        )
    }

    /// The buckets from `start` until before `end`, or for longer where the range is open there.
    fn between(
        &self,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Result<HistogramGrid, InvalidFilter> {
        let of = |interval, most| {
            let bounds = buckets(interval, start, end, self.time_zone, most)?;
            Some(HistogramGrid { interval, bounds })
        };
        let grid = match self.interval {
            Some(interval) => of(interval, Self::MOST),
            None => Interval::ALL
                .into_iter()
                .find_map(|interval| of(interval, Self::MOST_OF_AUTO))
                .or_else(|| of(Interval::Month, Self::MOST)),
        };
        let mut grid = grid.ok_or(InvalidFilter::TooManyBuckets {
            interval: self.interval.unwrap_or(Interval::Month),
        })?;
        // What is given is where the first begins and the last ends.
        let time = self.filter.time();
        if let (Some(start), Some(first)) = (time.start(), grid.bounds.first_mut()) {
            *first = start;
        }
        if let (Some(end), Some(last)) = (time.end(), grid.bounds.last_mut()) {
            *last = end;
        }
        Ok(grid)
    }

    /// The histogram of a filter that matches nothing, and whose range is open.
    pub fn of_nothing(&self) -> Histogram {
        Histogram {
            interval: self.interval.unwrap_or(Interval::Minute),
            buckets: Vec::new(),
            total: 0,
            failed: 0,
            users: 0,
        }
    }
}

/// The buckets of a histogram, one after the other without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistogramGrid {
    interval: Interval,
    bounds: Vec<DateTime<Utc>>,
}

impl HistogramGrid {
    /// Where each begins, and last where the last one ends, which is in none: ascending, one more than there are buckets.
    pub fn bounds(&self) -> &[DateTime<Utc>] {
        &self.bounds
    }

    /// The histogram with these counts: of each bucket how many records there are, and how many of those failed.
    pub fn filled(self, counts: &[[u64; 2]], users: u64) -> Histogram {
        let sum = |of: usize| counts.iter().map(|count| count[of]).sum();
        let buckets = self.bounds.iter().zip(counts);
        Histogram {
            interval: self.interval,
            total: sum(0),
            failed: sum(1),
            users,
            buckets: buckets
                .map(|(start, [total, failed])| HistogramBucket {
                    start: *start,
                    total: *total,
                    failed: *failed,
                })
                .collect(),
        }
    }
}

/// How many records there are, and when they began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    /// How long a bucket is.
    pub interval: Interval,
    /// The buckets, oldest first, also those that are empty.
    pub buckets: Vec<HistogramBucket>,
    /// How many records match.
    pub total: u64,
    /// How many of those failed.
    pub failed: u64,
    /// How many users they are of. Names are compared without case, and a record without one is of no user.
    pub users: u64,
}

/// A bucket of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistogramBucket {
    /// When it begins; it ends where the next one begins.
    pub start: DateTime<Utc>,
    /// How many records began in it.
    pub total: u64,
    /// How many of those failed.
    pub failed: u64,
}
