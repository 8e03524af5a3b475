use chrono::{DateTime, Utc};

use crate::parameter::{Parameter, filters_and};
use crate::query::shown;
use crate::values::{Values, from_pairs};
use crate::{ConnectionRecord, ExportFilter, InvalidFilter, ProjectId, ProjectScope};

/// What a list of records was asked with, as it was sent: each parameter at most once, none longer than allowed, an
/// empty value as good as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery(Values);

impl ListQuery {
    /// Every parameter that the list knows.
    pub const PARAMETERS: [Parameter; 32] = filters_and([
        Parameter::TimeZone,
        Parameter::Offset,
        Parameter::Limit,
        Parameter::Marker,
        Parameter::Count,
    ]);

    from_pairs!();

    /// Reads the values. How a marker is written is for `marker` to know, which reads one of a project.
    ///
    /// # Errors
    /// When a time, a number, the domain or the marker cannot be read, there is an end without a start, a range is empty,
    /// more is wanted at once than allowed, or there are both a marker and an offset.
    pub fn into_request(
        self,
        scope: ProjectScope,
        marker: impl FnOnce(&str, &ProjectId) -> Option<Marker>,
    ) -> Result<ListRequest, InvalidFilter> {
        // A mistyped zone is a mistake also where there is no date for it.
        self.0.time_zone()?;
        let filter = self.0.filter(scope)?;
        let offset = self
            .0
            .optional_number(Parameter::Offset, Page::MAX_OFFSET)?;
        let limit = self
            .0
            .number(Parameter::Limit, Page::DEFAULT_LIMIT, Page::MAX_LIMIT)?;
        let is_counted =
            self.0.get(Parameter::Count).is_none() || self.0.is_true(Parameter::Count)?;
        let start = match (self.0.get(Parameter::Marker), offset) {
            (Some(_), Some(_)) => return Err(InvalidFilter::MarkerWithOffset),
            (None, offset) => PageStart::Offset(offset.unwrap_or_default()),
            (Some(text), None) => {
                let marker = marker(text, filter.project_id());
                PageStart::After(
                    marker.ok_or_else(|| InvalidFilter::Marker { value: shown(text) })?,
                )
            }
        };
        Ok(ListRequest {
            filter,
            page: Page {
                start,
                limit,
                is_counted,
            },
        })
    }
}

/// What a list was asked for, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRequest {
    /// Which records.
    pub filter: ExportFilter,
    /// Which part of them.
    pub page: Page,
}

/// A part of the records that match a filter, in the order of an export: newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    start: PageStart,
    limit: u32,
    is_counted: bool,
}

impl Page {
    /// How many records are returned where nobody says how many (`contract.md` §3).
    pub const DEFAULT_LIMIT: u32 = 20;
    /// The most records that are returned at once (`contract.md` §3).
    pub const MAX_LIMIT: u32 = 1000;
    /// The most records that can be passed over: the greatest number that every client has.
    pub const MAX_OFFSET: u32 = i32::MAX as u32;

    /// A part that begins at `start` and has at most `limit` records, and never more than
    /// [`MAX_LIMIT`](Self::MAX_LIMIT).
    pub fn new(start: PageStart, limit: u32) -> Self {
        Self {
            start,
            limit: limit.min(Self::MAX_LIMIT),
            is_counted: true,
        }
    }

    /// The same part, without a count of all that match.
    #[must_use]
    pub fn without_count(self) -> Self {
        Self {
            is_counted: false,
            ..self
        }
    }

    /// Where it begins.
    pub const fn start(&self) -> &PageStart {
        &self.start
    }

    /// Whether all that match are counted: where it begins by an offset, and nobody asked for no count.
    pub const fn is_counted(&self) -> bool {
        self.is_counted && matches!(self.start, PageStart::Offset(_))
    }

    /// The most records that it has.
    pub const fn limit(&self) -> u32 {
        self.limit
    }
}

/// Where a [`Page`] begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageStart {
    /// After so many of the records that match.
    Offset(u32),
    /// After this position in the order.
    After(Marker),
}

/// A position in the order of records: that of one record, whether it still exists or not.
///
/// A page that begins after it is the same however many records are newer, and costs the same however many those are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    start_time: DateTime<Utc>,
    transaction_id: String,
}

impl Marker {
    /// The position of a record.
    pub fn of(record: &ConnectionRecord) -> Self {
        let fields = record.fields();
        Self {
            start_time: fields.connection_start_time,
            transaction_id: fields.transaction_id.clone(),
        }
    }

    /// When the connection was asked for, in whole microseconds.
    pub const fn start_time(&self) -> DateTime<Utc> {
        self.start_time
    }

    /// The identifier of the connection.
    pub fn transaction_id(&self) -> &str {
        &self.transaction_id
    }
}
