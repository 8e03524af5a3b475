//! English, as in the United States.

use super::AuditWord;
use super::{Direction, Translation};
use crate::{AuditAction, AuditColumn, AuditOutcome, AuditVia, Column, NoteWord, SummaryWord};

pub(super) const TRANSLATION: Translation = Translation {
    tag: "en_US",
    direction: Direction::LeftToRight,
    header,
    yes: "Yes",
    no: "No",
    sheet_name: "Connection Records",
    file_stem: "desktop-connections",
    summary,
    note,
    audit_header,
    audit_word,
    audit_sheet_name: "Export Audits",
    audit_file_stem: "export-audits",
};

const fn header(column: Column) -> &'static str {
    match column {
        Column::UserName => "Username",
        Column::ComputerName => "Computer Name",
        Column::TerminalIp => "Terminal IP Address",
        Column::TerminalType => "Terminal OS Type",
        Column::DesktopIp => "Desktop IP Address",
        Column::PublicIp => "Client Egress IP Address",
        Column::ConnectionStartTime => "Connection Started",
        Column::ConnectionSetupTime => "Connection Established",
        Column::ConnectionEndTime => "Connection Ended",
        Column::Duration => "Duration",
        Column::IsReconnect => "Reconnection",
        Column::ConnectionFailureReason => "Failure Cause",
        Column::NetworkRtt => "Network Latency (ms)",
        Column::E2eRtt => "End-to-End Latency (ms)",
        Column::TerminalMac => "Terminal MAC Address",
        Column::TerminalName => "Terminal Name",
        Column::ClientVersion => "AccessClient Version",
        Column::AgentVersion => "AccessAgent Version",
        Column::SourceIp => "Client Source IP Address",
        Column::DesktopId => "Desktop ID",
        Column::Sid => "Desktop SID",
        Column::TransactionId => "Transaction ID",
        Column::EnterpriseProjectId => "Enterprise Project ID",
    }
}

const fn summary(word: SummaryWord) -> &'static str {
    match word {
        SummaryWord::Summary => "Summary",
        SummaryWord::Value => "Value",
        SummaryWord::Records => "Records",
        SummaryWord::Filter => "Filter",
        SummaryWord::NoFilter => "None: all records",
        SummaryWord::From => "from {}",
        SummaryWord::Before => "before {}",
        SummaryWord::Total => "Records in all",
        SummaryWord::Day => "Day",
        SummaryWord::Earlier => "earlier",
        SummaryWord::Others => "all others",
        SummaryWord::WithoutValue => "without a value",
        SummaryWord::Inexact => {
            "Too many different values for exact counts: each may be too low by up to {}"
        }
    }
}

const fn note(word: NoteWord) -> &'static str {
    match word {
        NoteWord::Notes => "Notes",
        NoteWord::Sheet => "Sheet",
        NoteWord::Row => "Row",
        NoteWord::Column => "Column",
        NoteWord::Value => "Value",
        NoteWord::More => "and {} more",
    }
}

const fn audit_header(column: AuditColumn) -> &'static str {
    match column {
        AuditColumn::StartedAt => "Started",
        AuditColumn::EndedAt => "Ended",
        AuditColumn::Duration => "Duration",
        AuditColumn::User => "User",
        AuditColumn::Action => "Action",
        AuditColumn::Via => "Via",
        AuditColumn::Outcome => "Outcome",
        AuditColumn::Rows => "Records",
        AuditColumn::Bytes => "Bytes",
        AuditColumn::Requests => "Requests",
        AuditColumn::Filter => "Filter",
        AuditColumn::Format => "Format",
        AuditColumn::Language => "Language",
        AuditColumn::TimeZone => "Time Zone",
        AuditColumn::Summary => "Summary",
        AuditColumn::TaskIds => "Task IDs",
        AuditColumn::ErrorCode => "Error Code",
        AuditColumn::Reason => "Reason",
        AuditColumn::Credential => "Credential",
        AuditColumn::PeerAddress => "Peer Address",
        AuditColumn::ForwardedFor => "Forwarded For",
        AuditColumn::RequestedProjectId => "Requested Project ID",
        AuditColumn::RequestId => "Request ID",
        AuditColumn::Id => "Audit ID",
    }
}

const fn audit_word(word: AuditWord) -> &'static str {
    match word {
        AuditWord::Via(AuditVia::Export) => "Export",
        AuditWord::Via(AuditVia::Task) => "Export in the background",
        AuditWord::Via(AuditVia::Download) => "Download",
        AuditWord::Via(AuditVia::Link) => "Export in the console",
        AuditWord::Via(AuditVia::List) => "List",
        AuditWord::Via(AuditVia::Session) => "Session",
        AuditWord::Via(AuditVia::AccessKey) => "Access key",
        AuditWord::Via(AuditVia::Audit) => "Export of the audit",
        AuditWord::Action(AuditAction::Read) => "Read",
        AuditWord::Action(AuditAction::Delete) => "Deleted",
        AuditWord::Action(AuditAction::SignIn) => "Signed in",
        AuditWord::Action(AuditAction::SignOut) => "Signed out",
        AuditWord::Action(AuditAction::EndSession) => "Session ended",
        AuditWord::Action(AuditAction::MakeAccessKey) => "Access key made",
        AuditWord::Action(AuditAction::RevokeAccessKey) => "Access key revoked",
        AuditWord::Outcome(AuditOutcome::Running) => "Running",
        AuditWord::Outcome(AuditOutcome::Done) => "Done",
        AuditWord::Outcome(AuditOutcome::Refused) => "Refused",
        AuditWord::Outcome(AuditOutcome::ClientLeft) => "The client left",
        AuditWord::Outcome(AuditOutcome::ClientSlow) => "The client was too slow",
        AuditWord::Outcome(AuditOutcome::Cancelled) => "Cancelled",
        AuditWord::Outcome(AuditOutcome::Failed) => "Failed",
        AuditWord::Outcome(AuditOutcome::Interrupted) => "Interrupted",
    }
}
