use std::fmt;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use thiserror::Error;

use crate::{
    ExportFilter, ExportFormat, InvalidTime, InvalidTimeRange, Language, ProjectScope, TimeRange,
    UnknownFormat, UnknownLanguage, format_time, parse_time,
};

/// A parameter of an export (`contract.md` §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parameter {
    /// Records that started at or after it.
    StartTime,
    /// Records that started before it.
    EndTime,
    /// The name of the user.
    UserName,
    /// The name of the computer.
    ComputerName,
    /// The type of the terminal.
    TerminalType,
    /// The language of the workbook.
    Language,
    /// The zone in which times are written.
    TimeZone,
    /// The form of the file.
    Format,
}

impl Parameter {
    /// Every parameter there is.
    pub const ALL: [Self; 8] = [
        Self::StartTime,
        Self::EndTime,
        Self::UserName,
        Self::ComputerName,
        Self::TerminalType,
        Self::Language,
        Self::TimeZone,
        Self::Format,
    ];

    /// The most characters a value may have.
    pub const MAX_CHARS: usize = 255;

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StartTime => "start_time",
            Self::EndTime => "end_time",
            Self::UserName => "user_name",
            Self::ComputerName => "computer_name",
            Self::TerminalType => "terminal_type",
            Self::Language => "language",
            Self::TimeZone => "time_zone",
            Self::Format => "format",
        }
    }

    fn by_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|parameter| parameter.name() == name)
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an export was asked with, as it was sent: each parameter at most once, none longer than allowed, an
/// empty value as good as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportQuery {
    values: [Option<String>; Parameter::ALL.len()],
}

impl ExportQuery {
    /// Takes the decoded pairs of name and value.
    ///
    /// # Errors
    /// When a parameter does not exist, is given twice, has more than 255 characters, or holds U+0000. A mistyped filter
    /// must not quietly export everything.
    pub fn from_pairs<N: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, InvalidFilter> {
        let mut query = Self::default();
        let mut given = [false; Parameter::ALL.len()];
        for (name, value) in pairs {
            let (name, value) = (name.as_ref(), value.as_ref());
            let parameter = Parameter::by_name(name)
                .ok_or_else(|| InvalidFilter::UnknownParameter { name: shown(name) })?;
            if std::mem::replace(&mut given[parameter as usize], true) {
                return Err(InvalidFilter::Repeated { parameter });
            }
            query.set(parameter, value)?;
        }
        Ok(query)
    }

    fn set(&mut self, parameter: Parameter, value: &str) -> Result<(), InvalidFilter> {
        let length = value.chars().count();
        if length > Parameter::MAX_CHARS {
            return Err(InvalidFilter::TooLong { parameter, length });
        }
        if value.contains('\0') {
            return Err(InvalidFilter::ForbiddenCharacter { parameter });
        }
        self.values[parameter as usize] = (!value.is_empty()).then(|| value.to_owned());
        Ok(())
    }

    /// The value of a parameter, where one was given that is not empty.
    pub fn value(&self, parameter: Parameter) -> Option<&str> {
        self.values[parameter as usize].as_deref()
    }

    /// Reads the values.
    ///
    /// # Errors
    /// When a time, the language, the time zone or the format cannot be read, there is an end without a start, or the start is not
    /// before the end.
    pub fn into_request(self, scope: ProjectScope) -> Result<ExportRequest, InvalidFilter> {
        let mut filter = ExportFilter::new(scope).with_time(self.time_range()?);
        if let Some(name) = self.value(Parameter::UserName) {
            filter = filter.with_user_name(name);
        }
        if let Some(name) = self.value(Parameter::ComputerName) {
            filter = filter.with_computer_name(name);
        }
        if let Some(terminal_type) = self.value(Parameter::TerminalType) {
            filter = filter.with_terminal_type(terminal_type);
        }
        Ok(ExportRequest {
            filter,
            language: self.language()?,
            time_zone: self.time_zone()?,
            format: self.format()?,
        })
    }

    fn time_range(&self) -> Result<TimeRange, InvalidFilter> {
        let start = self.time(Parameter::StartTime)?;
        let end = self.time(Parameter::EndTime)?;
        match (start, end) {
            (None, None) => Ok(TimeRange::ALL),
            (None, Some(_)) => Err(InvalidFilter::EndWithoutStart),
            (Some(start), end) => Ok(TimeRange::new(start, end)?),
        }
    }

    fn time(&self, parameter: Parameter) -> Result<Option<DateTime<Utc>>, InvalidFilter> {
        self.value(parameter)
            .map(|value| {
                parse_time(value).map_err(|reason| InvalidFilter::Time {
                    parameter,
                    value: shown(value),
                    reason,
                })
            })
            .transpose()
    }

    fn language(&self) -> Result<Language, InvalidFilter> {
        let Some(value) = self.value(Parameter::Language) else {
            return Ok(Language::default());
        };
        value.parse().map_err(|reason| InvalidFilter::Language {
            value: shown(value),
            reason,
        })
    }

    fn time_zone(&self) -> Result<Tz, InvalidFilter> {
        let Some(value) = self.value(Parameter::TimeZone) else {
            return Ok(Tz::UTC);
        };
        value.parse().map_err(|_| InvalidFilter::TimeZone {
            value: shown(value),
        })
    }

    fn format(&self) -> Result<ExportFormat, InvalidFilter> {
        let Some(value) = self.value(Parameter::Format) else {
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
}

/// A mistake in what an export was asked with. Each names the parameter and says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidFilter {
    /// There is no parameter of this name.
    #[error(
        "unknown parameter {name}: the parameters are {}",
        Parameter::ALL.map(Parameter::name).join(", ")
    )]
    UnknownParameter {
        /// The name that was given.
        name: String,
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
        Parameter::MAX_CHARS
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
}

/// A value as an error shows it: quoted, without control characters, and no longer than a reader wants.
fn shown(value: &str) -> String {
    const MAX_CHARS: usize = 64;

    let mut shown = String::from("\"");
    shown.extend(value.chars().take(MAX_CHARS).flat_map(char::escape_debug));
    if value.chars().nth(MAX_CHARS).is_some() {
        shown.push('…');
    }
    shown.push('"');
    shown
}
