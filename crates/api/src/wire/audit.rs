use deskledger_domain::{
    ExportAudit, ExportEnding, ExportOutcome, Parameter, ProjectId, format_time,
};
use deskledger_store::AuditPage;
use serde::Serialize;

/// A part of the audits of a project, as it is sent.
#[derive(Debug, Serialize)]
pub(crate) struct AuditList<'a> {
    /// How many match in all.
    total_count: u64,
    /// Those that were asked for, newest first.
    audits: Vec<AuditLine<'a>>,
}

/// One export, as it is sent.
#[derive(Debug, Serialize)]
struct AuditLine<'a> {
    id: &'a str,
    request_id: &'a str,
    user: &'a str,
    credential: &'static str,
    requested_project_id: Option<&'a str>,
    peer_address: Option<String>,
    forwarded_for: Option<&'a str>,
    filter: AuditedFilter<'a>,
    language: Option<&'a str>,
    time_zone: Option<&'a str>,
    started_at: String,
    ended_at: Option<String>,
    duration_ms: Option<u128>,
    rows: Option<u64>,
    bytes: Option<u64>,
    outcome: &'static str,
    error_code: Option<&'a str>,
    reason: Option<&'a str>,
}

/// What was asked for, as it was sent: the names are those of the parameters.
#[derive(Debug, Serialize)]
struct AuditedFilter<'a> {
    start_time: Option<&'a str>,
    end_time: Option<&'a str>,
    user_name: Option<&'a str>,
    computer_name: Option<&'a str>,
    terminal_type: Option<&'a str>,
}

impl<'a> From<&'a AuditPage> for AuditList<'a> {
    fn from(page: &'a AuditPage) -> Self {
        Self {
            total_count: page.total,
            audits: page.audits.iter().map(AuditLine::from).collect(),
        }
    }
}

impl<'a> From<&'a ExportAudit> for AuditLine<'a> {
    fn from(audit: &'a ExportAudit) -> Self {
        let (fields, ending) = (audit.fields(), audit.ending());
        let asked = |parameter| fields.query.value(parameter);
        let outcome = ending.map(ExportEnding::outcome);
        let progress = ending.and_then(ExportEnding::progress);
        Self {
            id: fields.id.as_str(),
            request_id: &fields.request_id,
            user: &fields.user,
            credential: fields.credential.name(),
            requested_project_id: fields.requested_project_id.as_ref().map(ProjectId::as_str),
            peer_address: fields.peer_address.map(|address| address.to_string()),
            forwarded_for: fields.forwarded_for.as_deref(),
            filter: AuditedFilter {
                start_time: asked(Parameter::StartTime),
                end_time: asked(Parameter::EndTime),
                user_name: asked(Parameter::UserName),
                computer_name: asked(Parameter::ComputerName),
                terminal_type: asked(Parameter::TerminalType),
            },
            language: asked(Parameter::Language),
            time_zone: asked(Parameter::TimeZone),
            started_at: format_time(fields.started_at),
            ended_at: ending.map(|ending| format_time(ending.ended_at())),
            duration_ms: progress.map(|progress| progress.duration.as_millis()),
            rows: progress.map(|progress| progress.rows),
            bytes: progress.map(|progress| progress.bytes),
            outcome: outcome.map_or("running", ExportOutcome::name),
            error_code: outcome.and_then(ExportOutcome::error_code),
            reason: outcome.and_then(ExportOutcome::reason),
        }
    }
}
