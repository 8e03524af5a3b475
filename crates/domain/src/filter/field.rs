use crate::{Column, ConnectionRecord, Parameter, RecordFields};

/// A field that a filter asks for exactly as it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExactField {
    /// `transaction_id`
    TransactionId,
    /// `sid`
    Sid,
    /// `terminal_mac`
    TerminalMac,
    /// `desktop_id`
    DesktopId,
    /// `enterprise_project_id`
    EnterpriseProjectId,
}

impl ExactField {
    /// Every field there is.
    pub const ALL: [Self; 5] = [
        Self::TransactionId,
        Self::Sid,
        Self::TerminalMac,
        Self::DesktopId,
        Self::EnterpriseProjectId,
    ];

    /// The parameter that asks for it, which has the field's name.
    pub const fn parameter(self) -> Parameter {
        match self {
            Self::TransactionId => Parameter::TransactionId,
            Self::Sid => Parameter::Sid,
            Self::TerminalMac => Parameter::TerminalMac,
            Self::DesktopId => Parameter::DesktopId,
            Self::EnterpriseProjectId => Parameter::EnterpriseProjectId,
        }
    }

    /// The column that shows it.
    pub const fn column(self) -> Column {
        match self {
            Self::TransactionId => Column::TransactionId,
            Self::Sid => Column::Sid,
            Self::TerminalMac => Column::TerminalMac,
            Self::DesktopId => Column::DesktopId,
            Self::EnterpriseProjectId => Column::EnterpriseProjectId,
        }
    }

    /// What a record has there.
    pub fn of(self, fields: &RecordFields) -> Option<&str> {
        match self {
            Self::TransactionId => Some(&fields.transaction_id),
            Self::Sid => fields.sid.as_deref(),
            Self::TerminalMac => fields.terminal_mac.as_deref(),
            Self::DesktopId => fields.desktop_id.as_deref(),
            Self::EnterpriseProjectId => fields.enterprise_project_id.as_deref(),
        }
    }
}

/// A field that holds an address, of which a filter may ask for a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressField {
    /// `terminal_ip`
    TerminalIp,
    /// `source_ip`
    SourceIp,
    /// `desktop_ip`
    DesktopIp,
    /// `public_ip`
    PublicIp,
}

impl AddressField {
    /// Every field there is.
    pub const ALL: [Self; 4] = [
        Self::TerminalIp,
        Self::SourceIp,
        Self::DesktopIp,
        Self::PublicIp,
    ];

    /// The parameter that asks for it, which has the field's name.
    pub const fn parameter(self) -> Parameter {
        match self {
            Self::TerminalIp => Parameter::TerminalIp,
            Self::SourceIp => Parameter::SourceIp,
            Self::DesktopIp => Parameter::DesktopIp,
            Self::PublicIp => Parameter::PublicIp,
        }
    }

    /// The column that shows it.
    pub const fn column(self) -> Column {
        match self {
            Self::TerminalIp => Column::TerminalIp,
            Self::SourceIp => Column::SourceIp,
            Self::DesktopIp => Column::DesktopIp,
            Self::PublicIp => Column::PublicIp,
        }
    }

    /// What a record has there.
    pub fn of(self, fields: &RecordFields) -> Option<&str> {
        match self {
            Self::TerminalIp => fields.terminal_ip.as_deref(),
            Self::SourceIp => fields.source_ip.as_deref(),
            Self::DesktopIp => fields.desktop_ip.as_deref(),
            Self::PublicIp => fields.public_ip.as_deref(),
        }
    }
}

/// What has become of a connection. Each is in one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectionState {
    /// It was never set up, and there is a reason why.
    Failed,
    /// It did not fail, and has no end.
    Open,
    /// It did not fail, and has an end.
    Ended,
}

impl ConnectionState {
    /// Every state there is.
    pub const ALL: [Self; 3] = [Self::Failed, Self::Open, Self::Ended];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Open => "open",
            Self::Ended => "ended",
        }
    }

    /// That of a record.
    pub fn of(record: &ConnectionRecord) -> Self {
        let fields = record.fields();
        if fields.connection_setup_time.is_none() && fields.connection_failure_reason.is_some() {
            Self::Failed
        } else if fields.connection_end_time.is_none() {
            Self::Open
        } else {
            Self::Ended
        }
    }
}

/// Why connections failed: a whole reason, or the code that it begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureFilter(String);

impl FailureFilter {
    /// A reason such as `400101:The desktop is being prepared.`, or only its code, `400101`.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a code: digits alone.
    pub fn is_code(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Whether a reason is one of these.
    pub fn contains(&self, reason: &str) -> bool {
        reason
            .strip_prefix(self.0.as_str())
            .is_some_and(|rest| rest.is_empty() || self.is_code() && rest.starts_with(':'))
    }
}
