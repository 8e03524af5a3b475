use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::{Language, RecordRef};

/// A column of the workbook, in the order of `contract.md` §1, "The workbook".
///
/// The tenant is no column: it is never exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// Who logged in, or tried to.
    UserName,
    /// The desktop's computer name, as its operating system knows it.
    ComputerName,
    /// The address of the terminal in its own network.
    TerminalIp,
    /// The operating system of the terminal.
    TerminalType,
    /// The address of the desktop.
    DesktopIp,
    /// The address with which the terminal left its network.
    PublicIp,
    /// When the connection was asked for.
    ConnectionStartTime,
    /// When the connection stood.
    ConnectionSetupTime,
    /// When the connection ended.
    ConnectionEndTime,
    /// How long the connection stood: end less setup.
    Duration,
    /// Whether an earlier connection was taken up again.
    IsReconnect,
    /// Why there was no connection.
    ConnectionFailureReason,
    /// Round trip of the network, in milliseconds.
    NetworkRtt,
    /// Round trip from end to end, in milliseconds.
    E2eRtt,
    /// The hardware address of the terminal.
    TerminalMac,
    /// The name of the terminal.
    TerminalName,
    /// The version of the client on the terminal.
    ClientVersion,
    /// The version of the agent on the desktop.
    AgentVersion,
    /// The address that the gateway saw.
    SourceIp,
    /// The identifier of the desktop.
    DesktopId,
    /// The security identifier of the desktop.
    Sid,
    /// The identifier of the connection, unique in its project.
    TransactionId,
    /// The enterprise project of the desktop.
    EnterpriseProjectId,
}

/// What kind of value a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// A point in time.
    Time,
    /// A length of time.
    Duration,
    /// Yes or no.
    Boolean,
    /// A whole number.
    Integer,
}

/// What a record holds for a column. A value is of its column's kind, or missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing is known.
    Missing,
    /// A value of [`ColumnKind::Text`].
    Text(&'a str),
    /// A value of [`ColumnKind::Time`].
    Time(DateTime<Utc>),
    /// A value of [`ColumnKind::Duration`].
    Duration(TimeDelta),
    /// A value of [`ColumnKind::Boolean`].
    Boolean(bool),
    /// A value of [`ColumnKind::Integer`].
    Integer(i64),
}

/// An array of what an expression is for every column, in the order in which they stand.
macro_rules! each_column {
    (|$column:ident| $value:expr) => {
        each_column! {
            |$column| $value,
            UserName
            ComputerName
            TerminalIp
            TerminalType
            DesktopIp
            PublicIp
            ConnectionStartTime
            ConnectionSetupTime
            ConnectionEndTime
            Duration
            IsReconnect
            ConnectionFailureReason
            NetworkRtt
            E2eRtt
            TerminalMac
            TerminalName
            ClientVersion
            AgentVersion
            SourceIp
            DesktopId
            Sid
            TransactionId
            EnterpriseProjectId
        }
    };
    (|$column:ident| $value:expr, $($name:ident)+) => {
        [$({
            let $column = Column::$name;
            $value
        }),+]
    };
}

impl Column {
    /// Every column, in the order in which they stand.
    pub const ALL: [Self; 23] = each_column!(|column| column);

    /// What `make` makes of every column, in order. It is written out column by column, so that what depends on the column
    /// is known when it is compiled.
    #[inline]
    pub fn map<T>(mut make: impl FnMut(Self) -> T) -> [T; Self::ALL.len()] {
        each_column!(|column| make(column))
    }

    /// What kind of value the column holds.
    pub const fn kind(self) -> ColumnKind {
        match self {
            Self::ConnectionStartTime | Self::ConnectionSetupTime | Self::ConnectionEndTime => {
                ColumnKind::Time
            }
            Self::Duration => ColumnKind::Duration,
            Self::IsReconnect => ColumnKind::Boolean,
            Self::NetworkRtt | Self::E2eRtt => ColumnKind::Integer,
            Self::UserName
            | Self::ComputerName
            | Self::TerminalIp
            | Self::TerminalType
            | Self::DesktopIp
            | Self::PublicIp
            | Self::ConnectionFailureReason
            | Self::TerminalMac
            | Self::TerminalName
            | Self::ClientVersion
            | Self::AgentVersion
            | Self::SourceIp
            | Self::DesktopId
            | Self::Sid
            | Self::TransactionId
            | Self::EnterpriseProjectId => ColumnKind::Text,
        }
    }

    /// The field of a record on the wire that the column shows; `duration`, which is made of two, has a name of its own.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserName => "user_name",
            Self::ComputerName => "computer_name",
            Self::TerminalIp => "terminal_ip",
            Self::TerminalType => "terminal_type",
            Self::DesktopIp => "desktop_ip",
            Self::PublicIp => "public_ip",
            Self::ConnectionStartTime => "connection_start_time",
            Self::ConnectionSetupTime => "connection_setup_time",
            Self::ConnectionEndTime => "connection_end_time",
            Self::Duration => "duration",
            Self::IsReconnect => "is_reconnect",
            Self::ConnectionFailureReason => "connection_failure_reason",
            Self::NetworkRtt => "network_rtt",
            Self::E2eRtt => "e2e_rtt",
            Self::TerminalMac => "terminal_mac",
            Self::TerminalName => "terminal_name",
            Self::ClientVersion => "client_version",
            Self::AgentVersion => "agent_version",
            Self::SourceIp => "source_ip",
            Self::DesktopId => "desktop_id",
            Self::Sid => "sid",
            Self::TransactionId => "transaction_id",
            Self::EnterpriseProjectId => "enterprise_project_id",
        }
    }

    /// How wide the column should be for what usually stands in it, in characters.
    pub const fn width(self) -> u8 {
        match self {
            Self::IsReconnect => 16,
            Self::Duration | Self::TerminalType => 20,
            Self::ComputerName
            | Self::TerminalName
            | Self::TerminalIp
            | Self::DesktopIp
            | Self::TerminalMac
            | Self::ClientVersion
            | Self::AgentVersion
            | Self::NetworkRtt => 24,
            Self::E2eRtt | Self::PublicIp | Self::SourceIp => 28,
            Self::UserName => 30,
            Self::ConnectionStartTime | Self::ConnectionSetupTime | Self::ConnectionEndTime => 32,
            Self::DesktopId | Self::TransactionId | Self::EnterpriseProjectId => 38,
            Self::ConnectionFailureReason => 44,
            Self::Sid => 48,
        }
    }

    /// The header of the column without a zone, for where the zone is named elsewhere.
    pub fn title(self, language: Language) -> &'static str {
        language.column_header(self)
    }

    /// The header of the column. The header of a time names the zone that its times are in:
    /// `Connection Started (UTC)`.
    pub fn header(self, language: Language, time_zone: Tz) -> Cow<'static, str> {
        let header = language.column_header(self);
        if self.kind() == ColumnKind::Time {
            format!("{header} ({time_zone})").into()
        } else {
            header.into()
        }
    }

    /// What `record` holds for this column.
    #[inline]
    pub fn value<'a>(self, record: &RecordRef<'a>) -> Value<'a> {
        match self {
            Self::UserName => text(record.user_name),
            Self::ComputerName => text(record.computer_name),
            Self::TerminalIp => text(record.terminal_ip),
            Self::TerminalType => text(record.terminal_type),
            Self::DesktopIp => text(record.desktop_ip),
            Self::PublicIp => text(record.public_ip),
            Self::ConnectionStartTime => Value::Time(record.connection_start_time),
            Self::ConnectionSetupTime => time(record.connection_setup_time),
            Self::ConnectionEndTime => time(record.connection_end_time),
            Self::Duration => record.duration().map_or(Value::Missing, Value::Duration),
            Self::IsReconnect => record.is_reconnect.map_or(Value::Missing, Value::Boolean),
            Self::ConnectionFailureReason => text(record.connection_failure_reason),
            Self::NetworkRtt => integer(record.network_rtt),
            Self::E2eRtt => integer(record.e2e_rtt),
            Self::TerminalMac => text(record.terminal_mac),
            Self::TerminalName => text(record.terminal_name),
            Self::ClientVersion => text(record.client_version),
            Self::AgentVersion => text(record.agent_version),
            Self::SourceIp => text(record.source_ip),
            Self::DesktopId => text(record.desktop_id),
            Self::Sid => text(record.sid),
            Self::TransactionId => Value::Text(record.transaction_id),
            Self::EnterpriseProjectId => text(record.enterprise_project_id),
        }
    }
}

fn text(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Missing, Value::Text)
}

fn time(value: Option<DateTime<Utc>>) -> Value<'static> {
    value.map_or(Value::Missing, Value::Time)
}

fn integer(value: Option<i32>) -> Value<'static> {
    value.map_or(Value::Missing, |number| Value::Integer(number.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_a_time_and_of_no_other_column_names_the_zone() {
        for language in Language::ALL {
            for column in Column::ALL {
                let named = column
                    .header(language, Tz::Asia__Shanghai)
                    .ends_with(" (Asia/Shanghai)");
                assert_eq!(named, column.kind() == ColumnKind::Time, "{column:?}");
            }
        }
    }

    #[test]
    fn a_column_is_wide_enough_for_its_header() {
        for column in Column::ALL {
            let header = column.header(Language::EnUs, Tz::UTC);
            assert!(header.len() + 3 <= column.width().into(), "{header}");
        }
    }
}
