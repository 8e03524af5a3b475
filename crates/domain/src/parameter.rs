use std::fmt;

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
    /// Whether all that match are counted.
    Count,
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
    /// What has become of the connection.
    State,
    /// Why there was no connection, or the code of it.
    FailureReason,
    /// What the name of the user begins with.
    UserNamePrefix,
    /// What the name of the computer begins with.
    ComputerNamePrefix,
    /// The address of the terminal in its own network.
    TerminalIp,
    /// The address that the gateway saw.
    SourceIp,
    /// The address of the desktop.
    DesktopIp,
    /// The identifier of the desktop.
    DesktopId,
    /// The security identifier of the desktop.
    Sid,
    /// The hardware address of the terminal.
    TerminalMac,
    /// Whether an earlier connection was taken up again.
    IsReconnect,
    /// The fewest seconds that the connection lasted.
    MinDuration,
    /// The most seconds that the connection lasted.
    MaxDuration,
    /// A time at which the connection was open.
    ActiveAt,
    /// The identifier of the connection.
    TransactionId,
    /// How long a bucket of a histogram is.
    Interval,
    /// Which field's values are counted.
    Field,
    /// What those values begin with.
    Prefix,
    /// The access key that an audit is about. No query takes it.
    AccessKeyId,
}

impl Parameter {
    /// The most characters a value may have, except a marker.
    pub const MAX_CHARS: usize = 255;

    /// What every query of records may ask for (`contract.md` §8).
    pub const FILTERS: [Self; 27] = [
        Self::StartTime,
        Self::EndTime,
        Self::UserName,
        Self::ComputerName,
        Self::TerminalType,
        Self::EnterpriseProjectId,
        Self::PublicIp,
        Self::MinNetworkRtt,
        Self::MaxNetworkRtt,
        Self::MinE2eRtt,
        Self::MaxE2eRtt,
        Self::Domain,
        Self::State,
        Self::FailureReason,
        Self::UserNamePrefix,
        Self::ComputerNamePrefix,
        Self::TerminalIp,
        Self::SourceIp,
        Self::DesktopIp,
        Self::DesktopId,
        Self::Sid,
        Self::TerminalMac,
        Self::IsReconnect,
        Self::MinDuration,
        Self::MaxDuration,
        Self::ActiveAt,
        Self::TransactionId,
    ];

    pub(crate) const COUNT: usize = Self::AccessKeyId as usize + 1;

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
            Self::Count => "count",
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
            Self::State => "state",
            Self::FailureReason => "failure_reason",
            Self::UserNamePrefix => "user_name_prefix",
            Self::ComputerNamePrefix => "computer_name_prefix",
            Self::TerminalIp => "terminal_ip",
            Self::SourceIp => "source_ip",
            Self::DesktopIp => "desktop_ip",
            Self::DesktopId => "desktop_id",
            Self::Sid => "sid",
            Self::TerminalMac => "terminal_mac",
            Self::IsReconnect => "is_reconnect",
            Self::MinDuration => "min_duration",
            Self::MaxDuration => "max_duration",
            Self::ActiveAt => "active_at",
            Self::TransactionId => "transaction_id",
            Self::Interval => "interval",
            Self::Field => "field",
            Self::Prefix => "prefix",
            Self::AccessKeyId => "access_key_id",
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// [`Parameter::FILTERS`] and what a query knows besides.
pub(crate) const fn filters_and<const OTHERS: usize, const ALL: usize>(
    others: [Parameter; OTHERS],
) -> [Parameter; ALL] {
    const FILTERS: usize = Parameter::FILTERS.len();
    assert!(ALL == FILTERS + OTHERS, "the length is that of both");
    let mut all = [Parameter::StartTime; ALL];
    let mut index = 0;
    while index < ALL {
        all[index] = if index < FILTERS {
            Parameter::FILTERS[index]
        } else {
            others[index - FILTERS]
        };
        index += 1;
    }
    all
}
