use std::fmt;

use crate::parameter::{Parameter, filters_and};
use crate::query::shown;
use crate::values::{Values, from_pairs};
use crate::{ExportFilter, InvalidFilter, MatchKey, ProjectScope};

/// What values were asked for with, as it was sent: each parameter at most once, none longer than allowed, an empty value as good
/// as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValuesQuery(Values);

impl ValuesQuery {
    /// Every parameter that it knows.
    pub const PARAMETERS: [Parameter; 31] = filters_and([
        Parameter::Field,
        Parameter::Prefix,
        Parameter::Limit,
        Parameter::TimeZone,
    ]);

    from_pairs!();

    /// Reads the values.
    ///
    /// # Errors
    /// When there is no field, a value cannot be read, there is an end without a start, or a range is empty.
    pub fn into_request(self, scope: ProjectScope) -> Result<ValuesRequest, InvalidFilter> {
        // A mistyped zone is a mistake also where there is no date for it.
        self.0.time_zone()?;
        let request = ValuesRequest::new(self.0.filter(scope)?, self.field()?);
        Ok(ValuesRequest {
            prefix: self.0.get(Parameter::Prefix).map(str::to_owned),
            limit: self.limit()?,
            ..request
        })
    }

    fn field(&self) -> Result<ValueField, InvalidFilter> {
        let value = self.0.get(Parameter::Field).unwrap_or_default();
        let mut fields = ValueField::ALL.into_iter();
        fields
            .find(|field| field.name() == value)
            .ok_or_else(|| InvalidFilter::Choice {
                parameter: Parameter::Field,
                value: shown(value),
                choices: ValueField::ALL.map(ValueField::name).into(),
            })
    }

    fn limit(&self) -> Result<u32, InvalidFilter> {
        let most = ValuesRequest::MAX_LIMIT;
        let mistake = |value: &str| InvalidFilter::TaskLimit {
            value: shown(value),
            most,
        };
        let limit = self.0.optional_number(Parameter::Limit, most);
        match (limit, self.0.get(Parameter::Limit)) {
            (Ok(None), _) => Ok(ValuesRequest::DEFAULT_LIMIT),
            (Ok(Some(limit)), _) if limit > 0 => Ok(limit),
            (_, value) => Err(mistake(value.unwrap_or_default())),
        }
    }
}

/// A field whose values can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueField {
    /// `user_name`, without case.
    UserName,
    /// `computer_name`, without case.
    ComputerName,
    /// `terminal_type`, without case and surrounding blanks.
    TerminalType,
    /// The domain of the user, in lower case.
    Domain,
    /// `terminal_name`
    TerminalName,
    /// `client_version`
    ClientVersion,
    /// `agent_version`
    AgentVersion,
    /// `connection_failure_reason`
    FailureReason,
    /// `terminal_ip`
    TerminalIp,
    /// `source_ip`
    SourceIp,
    /// `desktop_ip`
    DesktopIp,
    /// `public_ip`
    PublicIp,
    /// `desktop_id`
    DesktopId,
    /// `sid`
    Sid,
    /// `terminal_mac`
    TerminalMac,
    /// `enterprise_project_id`
    EnterpriseProjectId,
}

impl ValueField {
    /// Every field there is.
    pub const ALL: [Self; 16] = [
        Self::UserName,
        Self::ComputerName,
        Self::TerminalType,
        Self::Domain,
        Self::TerminalName,
        Self::ClientVersion,
        Self::AgentVersion,
        Self::FailureReason,
        Self::TerminalIp,
        Self::SourceIp,
        Self::DesktopIp,
        Self::PublicIp,
        Self::DesktopId,
        Self::Sid,
        Self::TerminalMac,
        Self::EnterpriseProjectId,
    ];

    /// The name on the wire: that of the filter, where there is one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::FailureReason => "failure_reason",
            Self::UserName
            | Self::ComputerName
            | Self::TerminalType
            | Self::TerminalName
            | Self::ClientVersion
            | Self::AgentVersion
            | Self::TerminalIp
            | Self::SourceIp
            | Self::DesktopIp
            | Self::PublicIp
            | Self::DesktopId
            | Self::Sid
            | Self::TerminalMac
            | Self::EnterpriseProjectId => self.recorded(),
        }
    }

    /// The field of a record that its values come from.
    pub const fn recorded(self) -> &'static str {
        match self {
            Self::UserName | Self::Domain => "user_name",
            Self::ComputerName => "computer_name",
            Self::TerminalType => "terminal_type",
            Self::TerminalName => "terminal_name",
            Self::ClientVersion => "client_version",
            Self::AgentVersion => "agent_version",
            Self::FailureReason => "connection_failure_reason",
            Self::TerminalIp => "terminal_ip",
            Self::SourceIp => "source_ip",
            Self::DesktopIp => "desktop_ip",
            Self::PublicIp => "public_ip",
            Self::DesktopId => "desktop_id",
            Self::Sid => "sid",
            Self::TerminalMac => "terminal_mac",
            Self::EnterpriseProjectId => "enterprise_project_id",
        }
    }

    /// Whether values that differ by case alone are one.
    pub const fn ignores_case(self) -> bool {
        matches!(
            self,
            Self::UserName | Self::ComputerName | Self::TerminalType | Self::Domain
        )
    }
}

impl fmt::Display for ValueField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What values were asked for, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuesRequest {
    /// Of which records.
    pub filter: ExportFilter,
    /// Of which field.
    pub field: ValueField,
    /// What they begin with; without case where the field ignores it.
    pub prefix: Option<String>,
    /// The most values that are returned, the most frequent first.
    pub limit: u32,
    /// The most records that are looked at, the newest first.
    pub most_records: u32,
}

impl ValuesRequest {
    /// How many values are returned where nobody says how many.
    pub const DEFAULT_LIMIT: u32 = 20;
    /// The most values that are returned at once.
    pub const MAX_LIMIT: u32 = 100;
    /// The most records that are looked at, where nothing else is said.
    pub const MOST_RECORDS: u32 = 250_000;

    /// The most frequent values of a field, whatever they begin with.
    pub const fn new(filter: ExportFilter, field: ValueField) -> Self {
        Self {
            filter,
            field,
            prefix: None,
            limit: Self::DEFAULT_LIMIT,
            most_records: Self::MOST_RECORDS,
        }
    }

    /// The key with which the key of a value has to begin, of a field that ignores case; of any other the value itself.
    pub fn key_prefix(&self) -> Option<String> {
        let prefix = self.prefix.as_deref()?;
        Some(match self.field {
            // Blanks before it count for nothing. Those after it are within the value.
            ValueField::TerminalType => MatchKey::of_name(prefix.trim_start()).into_string(),
            field if field.ignores_case() => MatchKey::of_name(prefix).into_string(),
            _ => prefix.to_owned(),
        })
    }
}

/// The values of a field, and how many records have each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldValues {
    /// The most frequent first, those of the same count by their bytes: each as the newest of its records has it.
    pub values: Vec<(String, u64)>,
    /// Whether all records were looked at.
    pub exact: bool,
}
