//! The values of a query, and what they mean.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::query::shown;
use crate::time::parse_date;
use crate::time_grid::first_moment;
use crate::{
    ActiveTime, AddressField, AddressFilter, ConnectionState, ExactField, ExportFilter,
    ExportFormat, FailureFilter, InvalidFilter, NumberRange, Parameter, ProjectScope, TimeRange,
    parse_time,
};

/// How the two values of a parameter are written that is one or the other.
const TRUE: &str = "true";
const FALSE: &str = "false";

/// The values of a query as they were sent: each parameter at most once, none longer than allowed, an empty value as
/// good as none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Values([Option<String>; Parameter::COUNT]);

impl Default for Values {
    fn default() -> Self {
        Self([const { None }; Parameter::COUNT])
    }
}

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
            $crate::values::Values::from_pairs(&Self::PARAMETERS, pairs).map(Self)
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
        let time = self.time_range()?;
        Ok(self.filter_at_any_time(scope)?.with_time(time))
    }

    /// As [`filter`](Self::filter), whatever the times are.
    pub(crate) fn filter_at_any_time(
        &self,
        scope: ProjectScope,
    ) -> Result<ExportFilter, InvalidFilter> {
        let filter = self.narrow(ExportFilter::new(scope))?;
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
            .with_network_rtt(self.range(Parameter::MinNetworkRtt, Parameter::MaxNetworkRtt)?)
            .with_e2e_rtt(self.range(Parameter::MinE2eRtt, Parameter::MaxE2eRtt)?)
            .with_duration(self.range(Parameter::MinDuration, Parameter::MaxDuration)?);
        if let Some(name) = self.get(Parameter::UserName) {
            filter = filter.with_user_name(name);
        }
        if let Some(name) = self.get(Parameter::ComputerName) {
            filter = filter.with_computer_name(name);
        }
        if let Some(prefix) = self.get(Parameter::UserNamePrefix) {
            filter = filter.with_user_name_prefix(prefix);
        }
        if let Some(prefix) = self.get(Parameter::ComputerNamePrefix) {
            filter = filter.with_computer_name_prefix(prefix);
        }
        if let Some(domain) = self.get(Parameter::Domain) {
            filter = filter
                .with_domain(domain)
                .ok_or_else(|| InvalidFilter::Domain {
                    value: shown(domain),
                })?;
        }
        for field in ExactField::ALL {
            if let Some(text) = self.get(field.parameter()) {
                filter = filter.with_exact(field, text);
            }
        }
        for field in AddressField::ALL {
            let parameter = field.parameter();
            if let Some(text) = self.get(parameter) {
                let addresses = AddressFilter::new(text);
                filter = filter.with_address(
                    field,
                    addresses.ok_or_else(|| InvalidFilter::Network {
                        parameter,
                        value: shown(text),
                    })?,
                );
            }
        }
        if let Some(state) = self.state()? {
            filter = filter.with_state(state);
        }
        if let Some(reason) = self.get(Parameter::FailureReason) {
            filter = filter.with_failure_reason(FailureFilter::new(reason));
        }
        if self.get(Parameter::IsReconnect).is_some() {
            filter = filter.with_is_reconnect(self.is_true(Parameter::IsReconnect)?);
        }
        if let Some(time) = self.active_at()? {
            filter = filter.with_active_at(time);
        }
        Ok(filter)
    }

    /// A time, or two with a slash between them.
    fn active_at(&self) -> Result<Option<ActiveTime>, InvalidFilter> {
        let parameter = Parameter::ActiveAt;
        let Some(value) = self.get(parameter) else {
            return Ok(None);
        };
        let time = |value| self.time_of(parameter, value);
        let Some((from, until)) = value.split_once('/') else {
            return Ok(Some(time(value)?.into()));
        };
        ActiveTime::between(time(from)?, time(until)?)
            .map(Some)
            .ok_or_else(|| InvalidFilter::EmptyActiveTime {
                value: shown(value),
            })
    }

    fn state(&self) -> Result<Option<ConnectionState>, InvalidFilter> {
        let Some(value) = self.get(Parameter::State) else {
            return Ok(None);
        };
        let mut states = ConnectionState::ALL.into_iter();
        states
            .find(|state| state.name() == value)
            .map(Some)
            .ok_or_else(|| InvalidFilter::Choice {
                parameter: Parameter::State,
                value: shown(value),
                choices: ConnectionState::ALL.map(ConnectionState::name).into(),
            })
    }

    fn range(&self, min: Parameter, max: Parameter) -> Result<NumberRange, InvalidFilter> {
        let number = |parameter| self.optional_number(parameter, NumberRange::MOST);
        let (from, to) = (number(min)?, number(max)?);
        NumberRange::new(from, to).ok_or_else(|| InvalidFilter::NumberRange {
            min,
            from: from.unwrap_or_default(),
            max,
            to: to.unwrap_or_default(),
        })
    }

    /// A time; of a date alone its first moment in the time zone of the query.
    pub(crate) fn time(
        &self,
        parameter: Parameter,
    ) -> Result<Option<DateTime<Utc>>, InvalidFilter> {
        self.get(parameter)
            .map(|value| self.time_of(parameter, value))
            .transpose()
    }

    fn time_of(&self, parameter: Parameter, value: &str) -> Result<DateTime<Utc>, InvalidFilter> {
        if let Some(day) = parse_date(value) {
            return Ok(first_moment(day, self.time_zone()?));
        }
        parse_time(value).map_err(|reason| InvalidFilter::Time {
            parameter,
            value: shown(value),
            reason,
        })
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
