use chrono_tz::Tz;
use thiserror::Error;

use crate::parameter::{Parameter, filters_and};
use crate::values::{Values, from_pairs};
use crate::{
    ExportFilter, ExportFormat, HistogramRequest, Interval, InvalidTime, InvalidTimeRange,
    Language, Period, ProjectScope, TimeGrid, UnknownFormat, UnknownLanguage, format_time,
};

/// What an export was asked with, as it was sent: each parameter at most once, none longer than allowed, an
/// empty value as good as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportQuery(Values);

impl ExportQuery {
    /// Every parameter that an export knows.
    pub const PARAMETERS: [Parameter; 31] = filters_and([
        Parameter::Language,
        Parameter::TimeZone,
        Parameter::Format,
        Parameter::Summary,
    ]);

    from_pairs!();

    /// The value of a parameter, where one was given that is not empty.
    pub fn value(&self, parameter: Parameter) -> Option<&str> {
        self.0.get(parameter)
    }

    /// Says which format a client accepts best, which counts where the query names none and wants no summary: only a
    /// workbook has one.
    #[must_use]
    pub fn accepting(mut self, accepted: ExportFormat) -> Self {
        self.0.accept(accepted);
        self
    }

    /// Reads the values.
    ///
    /// # Errors
    /// When a time, the language, the time zone, the format or the summary cannot be read, there is an end without a start,
    /// the start is not before the end, or there is no summary in the format.
    pub fn into_request(self, scope: ProjectScope) -> Result<ExportRequest, InvalidFilter> {
        self.0.request(self.0.filter(scope)?)
    }
}

impl Values {
    /// The records of a filter, as a file.
    pub(crate) fn request(&self, filter: ExportFilter) -> Result<ExportRequest, InvalidFilter> {
        let (format, summary) = (self.format()?, self.is_true(Parameter::Summary)?);
        if summary && format != ExportFormat::Xlsx {
            return Err(InvalidFilter::NoSummary { format });
        }
        Ok(ExportRequest {
            filter,
            language: self.language()?,
            time_zone: self.time_zone()?,
            format,
            summary,
        })
    }

    /// The language; the default where none was given.
    pub(crate) fn language(&self) -> Result<Language, InvalidFilter> {
        let Some(value) = self.get(Parameter::Language) else {
            return Ok(Language::default());
        };
        value.parse().map_err(|reason| InvalidFilter::Language {
            value: shown(value),
            reason,
        })
    }

    /// The format; the default where none was given.
    pub(crate) fn format(&self) -> Result<ExportFormat, InvalidFilter> {
        let Some(value) = self.get(Parameter::Format) else {
            return Ok(ExportFormat::default());
        };
        value.parse().map_err(|reason| InvalidFilter::Format {
            value: shown(value),
            reason,
        })
    }
}

/// What an export was asked for, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRequest {
    /// Which records.
    pub filter: ExportFilter,
    /// The language of headers and values.
    pub language: Language,
    /// The zone in which times are written.
    pub time_zone: Tz,
    /// The form of the file.
    pub format: ExportFormat,
    /// Whether the workbook ends with a summary.
    pub summary: bool,
}

/// A mistake in a query. Each names the parameter and says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidFilter {
    /// There is no parameter of this name.
    #[error("unknown parameter {name}: the parameters are {}", names(known))]
    UnknownParameter {
        /// The name that was given.
        name: String,
        /// The parameters there are.
        known: &'static [Parameter],
    },
    /// A parameter was given more than once.
    #[error("{parameter} is given more than once: give it once")]
    Repeated {
        /// The parameter.
        parameter: Parameter,
    },
    /// A value has too many characters.
    #[error(
        "{parameter} has {length} characters: at most {} are allowed",
        parameter.max_chars()
    )]
    TooLong {
        /// The parameter.
        parameter: Parameter,
        /// How many characters it has.
        length: usize,
    },
    /// A value holds U+0000.
    #[error("{parameter} holds the character U+0000, which is not allowed")]
    ForbiddenCharacter {
        /// The parameter.
        parameter: Parameter,
    },
    /// A value is not a time.
    #[error("{parameter} is {value}, {reason}")]
    Time {
        /// The parameter.
        parameter: Parameter,
        /// The value that was given.
        value: String,
        /// What a time looks like.
        reason: InvalidTime,
    },
    /// There is an end and no start.
    #[error("end_time is given without start_time: give start_time too")]
    EndWithoutStart,
    /// The range would be empty.
    #[error(
        "start_time is {}, which is not before end_time, {}",
        format_time(range.start),
        format_time(range.end)
    )]
    TimeRange {
        /// The range that was asked for.
        #[from]
        range: InvalidTimeRange,
    },
    /// No connection could be open at such a time, since it has no moment.
    #[error("active_at is {value}, whose first time is not before the second one")]
    EmptyActiveTime {
        /// The value that was given.
        value: String,
    },
    /// A value is not a whole number, or a greater one than allowed.
    #[error("{parameter} is {value}, not a whole number from 0 to {most}")]
    Number {
        /// The parameter.
        parameter: Parameter,
        /// The value that was given.
        value: String,
        /// The greatest number that is allowed.
        most: u32,
    },
    /// A range of numbers would be empty.
    #[error("{min} is {from}, which is more than {max}, {to}")]
    NumberRange {
        /// The parameter of its least number.
        min: Parameter,
        /// The least number that was asked for.
        from: u32,
        /// The parameter of its greatest number.
        max: Parameter,
        /// The greatest number that was asked for.
        to: u32,
    },
    /// A value is not a domain.
    #[error("domain is {value}, which holds an @: give what stands after it")]
    Domain {
        /// The value that was given.
        value: String,
    },
    /// A value is not a network, though it has a slash.
    #[error(
        "{parameter} is {value}, not a network such as 10.1.16.0/20: give one, or an address without a slash"
    )]
    Network {
        /// The parameter.
        parameter: Parameter,
        /// The value that was given.
        value: String,
    },
    /// A value is not a marker of this project.
    #[error(
        "marker is {value}, which no list of this project returned: give a next_marker, unchanged"
    )]
    Marker {
        /// The value that was given.
        value: String,
    },
    /// A page would begin at two positions.
    #[error("marker and offset are given together: give one of them")]
    MarkerWithOffset,
    /// A value is not a kind of period.
    #[error("query_type is {value}, not one of {}", names_of_periods())]
    QueryType {
        /// The value that was given.
        value: String,
    },
    /// There is no period to count in.
    #[error(
        "query_type is not given, nor are both start_time and end_time: \
         give query_type ({}), or both times",
        names_of_periods()
    )]
    NoPeriod,
    /// A period has too many days.
    #[error(
        "from start_time to end_time there are {days} days: at most {} are counted at once",
        TimeGrid::MAX_DAYS
    )]
    TooManyDays {
        /// How many days it has.
        days: u64,
    },
    /// A histogram would have too many buckets.
    #[error(
        "interval is {}, which makes more than {} buckets from start_time to end_time: give a longer interval, or times that \
         are closer together",
        interval.name(),
        HistogramRequest::MOST
    )]
    TooManyBuckets {
        /// The interval.
        interval: Interval,
    },
    /// The limit of a list of tasks is not a whole number, is 0, or is a greater one than allowed.
    #[error("limit is {value}, not a whole number from 1 to {most}")]
    TaskLimit {
        /// The value that was given.
        value: String,
        /// The greatest number that is allowed.
        most: u32,
    },
    /// A value is not one of those that the parameter allows.
    #[error("{parameter} is {value}, not one of {}", choices.join(", "))]
    Choice {
        /// The parameter.
        parameter: Parameter,
        /// The value that was given.
        value: String,
        /// The values there are.
        choices: Vec<&'static str>,
    },
    /// A value is not a language.
    #[error("language is {value}, {reason}")]
    Language {
        /// The value that was given.
        value: String,
        /// Which languages there are.
        reason: UnknownLanguage,
    },
    /// A value is not a time zone.
    #[error(
        "time_zone is {value}, not a time zone: give its IANA name, such as UTC or Asia/Shanghai"
    )]
    TimeZone {
        /// The value that was given.
        value: String,
    },
    /// A value is not a format.
    #[error("format is {value}, {reason}")]
    Format {
        /// The value that was given.
        value: String,
        /// Which formats there are.
        reason: UnknownFormat,
    },
    /// A value is neither true nor false.
    #[error("{parameter} is {value}, neither true nor false")]
    Boolean {
        /// The parameter.
        parameter: Parameter,
        /// The value that was given.
        value: String,
    },
    /// Only a workbook has a summary.
    #[error(
        "summary is true and format is {format}, which has no summary: give format=xlsx, or leave out one of the two"
    )]
    NoSummary {
        /// The format that was asked for.
        format: ExportFormat,
    },
}

fn names(parameters: &[Parameter]) -> String {
    let names: Vec<_> = parameters
        .iter()
        .map(|parameter| parameter.name())
        .collect();
    names.join(", ")
}

fn names_of_periods() -> String {
    Period::ALL.map(Period::name).join(", ")
}

/// A value as an error shows it: quoted, without control characters, and no longer than a reader wants.
pub(crate) fn shown(value: &str) -> String {
    const MAX_CHARS: usize = 64;

    let mut shown = String::from("\"");
    shown.extend(value.chars().take(MAX_CHARS).flat_map(char::escape_debug));
    if value.chars().nth(MAX_CHARS).is_some() {
        shown.push('…');
    }
    shown.push('"');
    shown
}
