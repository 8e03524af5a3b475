use std::fmt;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::query::shown;
use crate::{
    ExportFilter, ExportFormat, InvalidFilter, ProjectScope, RttRange, TimeRange, parse_time,
};

/// How the two values of a parameter are written that is one or the other.
const TRUE: &str = "true";
const FALSE: &str = "false";

/// A parameter of a query (`contract.md` §1 and §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parameter {
    /// What began at or after it.
    StartTime,
    /// What began before it.
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
    /// Whether the workbook has a summary.
    Summary,
    /// How many of a list are passed over.
    Offset,
    /// The most of a list that are wanted.
    Limit,
    /// After which of a list to go on.
    Marker,
    /// The enterprise project of the desktop.
    EnterpriseProjectId,
    /// The address with which the terminal left its network.
    PublicIp,
    /// The shortest round trip of the network.
    MinNetworkRtt,
    /// The longest round trip of the network.
    MaxNetworkRtt,
    /// The shortest round trip from end to end.
    MinE2eRtt,
    /// The longest round trip from end to end.
    MaxE2eRtt,
    /// The part of the user's name after `@`.
    Domain,
    /// The period that users online are counted in.
    QueryType,
    /// What the name of a task's file holds.
    FileName,
    /// The identifier of a task.
    TaskId,
    /// What has become of a task.
    Status,
    /// Whether the file of a task was downloaded.
    IsDownload,
    /// What tasks are sorted by.
    SortField,
    /// Which way tasks are sorted.
    SortType,
    /// Whose audits.
    User,
    /// Audits of what was done.
    Action,
    /// Audits of which way.
    Via,
    /// Audits of what came to which end.
    Outcome,
}

impl Parameter {
    /// The most characters a value may have, except a marker.
    pub const MAX_CHARS: usize = 255;

    const COUNT: usize = Self::Outcome as usize + 1;

    /// The most characters its value may have.
    pub const fn max_chars(self) -> usize {
        match self {
            // It holds an identifier of 255 characters, of up to four bytes each.
            Self::Marker => 2048,
            _ => Self::MAX_CHARS,
        }
    }

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
            Self::Summary => "summary",
            Self::Offset => "offset",
            Self::Limit => "limit",
            Self::Marker => "marker",
            Self::EnterpriseProjectId => "enterprise_project_id",
            Self::PublicIp => "public_ip",
            Self::MinNetworkRtt => "min_network_rtt",
            Self::MaxNetworkRtt => "max_network_rtt",
            Self::MinE2eRtt => "min_e2e_rtt",
            Self::MaxE2eRtt => "max_e2e_rtt",
            Self::Domain => "domain",
            Self::QueryType => "query_type",
            Self::FileName => "file_name",
            Self::TaskId => "task_id",
            Self::Status => "status",
            Self::IsDownload => "is_download",
            Self::SortField => "sort_field",
            Self::SortType => "sort_type",
            Self::User => "user",
            Self::Action => "action",
            Self::Via => "via",
            Self::Outcome => "outcome",
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The values of a query as they were sent: each parameter at most once, none longer than allowed, an empty value as
/// good as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values([Option<String>; Parameter::COUNT]);

/// What every query is made by, in its `impl`: queries differ by their `PARAMETERS` alone.
macro_rules! from_pairs {
    () => {
        /// Takes the decoded pairs of name and value.
        ///
        /// # Errors
        /// When a parameter does not exist, is given twice, has too many characters, or holds U+0000. A mistyped filter must not
        /// quietly match everything.
        pub fn from_pairs<N: AsRef<str>, V: AsRef<str>>(
            pairs: impl IntoIterator<Item = (N, V)>,
        ) -> Result<Self, $crate::InvalidFilter> {
            $crate::parameter::Values::from_pairs(&Self::PARAMETERS, pairs).map(Self)
        }
    };
}
pub(crate) use from_pairs;

impl Values {
    /// Takes the decoded pairs of name and value of a query that knows the parameters `known`.
    pub(crate) fn from_pairs<N: AsRef<str>, V: AsRef<str>>(
        known: &'static [Parameter],
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, InvalidFilter> {
        let mut values = Self::default();
        let mut given = [false; Parameter::COUNT];
        for (name, value) in pairs {
            let (name, value) = (name.as_ref(), value.as_ref());
            let parameter =
                by_name(known, name).ok_or_else(|| InvalidFilter::UnknownParameter {
                    name: shown(name),
                    known,
                })?;
            if std::mem::replace(&mut given[parameter as usize], true) {
                return Err(InvalidFilter::Repeated { parameter });
            }
            values.set(parameter, value)?;
        }
        Ok(values)
    }

    /// What can be understood of pairs that may hold mistakes: of each parameter the first value that is allowed.
    pub(crate) fn understood<N: AsRef<str>, V: AsRef<str>>(
        known: &'static [Parameter],
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut values = Self::default();
        for (name, value) in pairs {
            if let Some(parameter) = by_name(known, name.as_ref())
                && values.get(parameter).is_none()
            {
                // A value that is not allowed is left out.
                let _ = values.set(parameter, value.as_ref());
            }
        }
        values
    }

    fn set(&mut self, parameter: Parameter, value: &str) -> Result<(), InvalidFilter> {
        let length = value.chars().count();
        if length > parameter.max_chars() {
            return Err(InvalidFilter::TooLong { parameter, length });
        }
        if value.contains('\0') {
            return Err(InvalidFilter::ForbiddenCharacter { parameter });
        }
        self.0[parameter as usize] = (!value.is_empty()).then(|| value.to_owned());
        Ok(())
    }

    /// The value of a parameter, where one was given that is not empty.
    pub(crate) fn get(&self, parameter: Parameter) -> Option<&str> {
        self.0[parameter as usize].as_deref()
    }

    /// Gives a parameter that has no value this one.
    pub(crate) fn set_default(&mut self, parameter: Parameter, value: &str) {
        self.0[parameter as usize].get_or_insert_with(|| value.to_owned());
    }

    /// Says which format a client accepts best, which counts where the query names none. A summary is of a workbook.
    pub(crate) fn accept(&mut self, accepted: ExportFormat) {
        let format = match self.get(Parameter::Summary) {
            Some(TRUE) => ExportFormat::Xlsx,
            _ => accepted,
        };
        self.set_default(Parameter::Format, format.name());
    }

    /// Whether a parameter is true; false where it was not given.
    pub(crate) fn is_true(&self, parameter: Parameter) -> Result<bool, InvalidFilter> {
        match self.get(parameter) {
            Some(TRUE) => Ok(true),
            Some(FALSE) | None => Ok(false),
            Some(value) => Err(InvalidFilter::Boolean {
                parameter,
                value: shown(value),
            }),
        }
    }

    /// The range from `start_time`, which may be left out, to `end_time`.
    fn open_time_range(&self) -> Result<TimeRange, InvalidFilter> {
        let start = self.time(Parameter::StartTime)?;
        match (start, self.time(Parameter::EndTime)?) {
            (None, None) => Ok(TimeRange::ALL),
            (None, Some(end)) => Ok(TimeRange::until(end)),
            (Some(start), end) => Ok(TimeRange::new(start, end)?),
        }
    }

    /// The range from `start_time` to `end_time`.
    pub(crate) fn time_range(&self) -> Result<TimeRange, InvalidFilter> {
        let start = self.time(Parameter::StartTime)?;
        let end = self.time(Parameter::EndTime)?;
        match (start, end) {
            (None, None) => Ok(TimeRange::ALL),
            (None, Some(_)) => Err(InvalidFilter::EndWithoutStart),
            (Some(start), end) => Ok(TimeRange::new(start, end)?),
        }
    }

    /// The records that are asked for, by whichever filters the query knows.
    pub(crate) fn filter(&self, scope: ProjectScope) -> Result<ExportFilter, InvalidFilter> {
        let filter = ExportFilter::new(scope).with_time(self.time_range()?);
        let filter = self.narrow(filter)?;
        Ok(match self.get(Parameter::TerminalType) {
            Some(terminal_type) => filter.with_terminal_type(terminal_type),
            None => filter,
        })
    }

    /// As [`filter`](Self::filter) by the rules of a task: there may be an end without a start, and a part of the terminal
    /// type is enough.
    pub(crate) fn task_filter(&self, scope: ProjectScope) -> Result<ExportFilter, InvalidFilter> {
        let filter = ExportFilter::new(scope).with_time(self.open_time_range()?);
        let filter = self.narrow(filter)?;
        Ok(match self.get(Parameter::TerminalType) {
            Some(part) => filter.with_part_of_terminal_type(part),
            None => filter,
        })
    }

    /// Narrows a filter by what means the same in every query.
    fn narrow(&self, filter: ExportFilter) -> Result<ExportFilter, InvalidFilter> {
        let mut filter = filter
            .with_network_rtt(self.rtt_range(Parameter::MinNetworkRtt, Parameter::MaxNetworkRtt)?)
            .with_e2e_rtt(self.rtt_range(Parameter::MinE2eRtt, Parameter::MaxE2eRtt)?);
        if let Some(name) = self.get(Parameter::UserName) {
            filter = filter.with_user_name(name);
        }
        if let Some(name) = self.get(Parameter::ComputerName) {
            filter = filter.with_computer_name(name);
        }
        if let Some(id) = self.get(Parameter::EnterpriseProjectId) {
            filter = filter.with_enterprise_project_id(id);
        }
        if let Some(address) = self.get(Parameter::PublicIp) {
            filter = filter.with_public_ip(address);
        }
        if let Some(domain) = self.get(Parameter::Domain) {
            filter = filter
                .with_domain(domain)
                .ok_or_else(|| InvalidFilter::Domain {
                    value: shown(domain),
                })?;
        }
        Ok(filter)
    }

    fn rtt_range(&self, min: Parameter, max: Parameter) -> Result<RttRange, InvalidFilter> {
        let milliseconds = |parameter| self.optional_number(parameter, RttRange::MOST);
        let (from, to) = (milliseconds(min)?, milliseconds(max)?);
        RttRange::new(from, to).ok_or_else(|| InvalidFilter::NumberRange {
            min,
            from: from.unwrap_or_default(),
            max,
            to: to.unwrap_or_default(),
        })
    }

    pub(crate) fn time(
        &self,
        parameter: Parameter,
    ) -> Result<Option<DateTime<Utc>>, InvalidFilter> {
        self.get(parameter)
            .map(|value| {
                parse_time(value).map_err(|reason| InvalidFilter::Time {
                    parameter,
                    value: shown(value),
                    reason,
                })
            })
            .transpose()
    }

    /// A whole number of at most `most`; `default` where none was given.
    pub(crate) fn number(
        &self,
        parameter: Parameter,
        default: u32,
        most: u32,
    ) -> Result<u32, InvalidFilter> {
        Ok(self.optional_number(parameter, most)?.unwrap_or(default))
    }

    /// A whole number of at most `most`, where one was given.
    pub(crate) fn optional_number(
        &self,
        parameter: Parameter,
        most: u32,
    ) -> Result<Option<u32>, InvalidFilter> {
        let Some(value) = self.get(parameter) else {
            return Ok(None);
        };
        // A sign would be read too.
        Some(value)
            .filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|value| value.parse().ok())
            .filter(|number| *number <= most)
            .map(Some)
            .ok_or_else(|| InvalidFilter::Number {
                parameter,
                value: shown(value),
                most,
            })
    }

    /// The time zone; UTC where none was given.
    pub(crate) fn time_zone(&self) -> Result<Tz, InvalidFilter> {
        let Some(value) = self.get(Parameter::TimeZone) else {
            return Ok(Tz::UTC);
        };
        value.parse().map_err(|_| InvalidFilter::TimeZone {
            value: shown(value),
        })
    }
}

fn by_name(known: &[Parameter], name: &str) -> Option<Parameter> {
    known
        .iter()
        .copied()
        .find(|parameter| parameter.name() == name)
}
