use deskledger_domain::{
    ExportAudit, ExportEnding, ExportOutcome, Parameter, ProjectId, TaskId, format_time,
};
use serde::Serialize;

/// One export, download, deletion or sweep through the list, as it is sent.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditLine<'a> {
    /// The identifier of the audit, nobody else's.
    id: &'a str,
    /// The `X-Request-Id` of the request, which joins the audit to the log.
    request_id: &'a str,
    /// Who asked.
    user: &'a str,
    /// By which way: `export`, `task`, `download`, `link` or `list`.
    #[cfg_attr(feature = "openapi", schema(examples("export", "download")))]
    via: &'static str,
    /// `read` where records were handed out, `delete` where something that holds them was deleted.
    #[cfg_attr(feature = "openapi", schema(examples("read", "delete")))]
    action: &'static str,
    /// The export tasks that it was about.
    task_ids: Vec<&'a str>,
    /// With what: `token` or `access_key`.
    #[cfg_attr(feature = "openapi", schema(examples("token", "access_key")))]
    credential: &'static str,
    /// The project in the path; null where it was no project.
    #[cfg_attr(feature = "openapi", schema(required))]
    requested_project_id: Option<&'a str>,
    /// The other end of the connection: the client, or the proxy before the service.
    #[cfg_attr(feature = "openapi", schema(required, examples("10.0.0.2:53480")))]
    peer_address: Option<String>,
    /// What the header `X-Forwarded-For` said, which is as true as the proxy that wrote it.
    #[cfg_attr(feature = "openapi", schema(required))]
    forwarded_for: Option<&'a str>,
    filter: AuditedFilter<'a>,
    /// The language that was asked for, or the default; null where no language applies, as for a list.
    #[cfg_attr(feature = "openapi", schema(required))]
    language: Option<&'a str>,
    /// The time zone that was asked for, or the default; null as above.
    #[cfg_attr(feature = "openapi", schema(required))]
    time_zone: Option<&'a str>,
    /// The format that was asked for, by the query or by `Accept`, or the default; null as above.
    #[cfg_attr(feature = "openapi", schema(required, examples("xlsx", "csv")))]
    format: Option<&'a str>,
    /// Whether a summary was asked for, as it was sent.
    #[cfg_attr(feature = "openapi", schema(required, examples("true")))]
    summary: Option<&'a str>,
    /// When it was asked for, in UTC.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    started_at: String,
    /// When it ended, or was found to have been interrupted; null while it runs.
    #[cfg_attr(feature = "openapi", schema(required, format = DateTime))]
    ended_at: Option<String>,
    /// Milliseconds from one to the other; null while it runs, and where it was interrupted.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<u64>))]
    duration_ms: Option<u128>,
    /// Records that were written, or read in pages; 0 for a download or a deletion; null as above.
    #[cfg_attr(feature = "openapi", schema(required))]
    rows: Option<u64>,
    /// Bytes that were handed over for sending; null as above.
    #[cfg_attr(feature = "openapi", schema(required))]
    bytes: Option<u64>,
    /// How many requests it is about: pages of a list, or refusals that are alike and were counted together; else 1. Null
    /// while it runs.
    #[cfg_attr(feature = "openapi", schema(required))]
    requests: Option<u64>,
    /// `running`, `done`, `refused`, `client_left`, `client_slow`, `failed` or `interrupted`.
    #[cfg_attr(feature = "openapi", schema(examples("done", "refused")))]
    outcome: &'static str,
    /// The code that the client was sent, where it was refused.
    #[cfg_attr(feature = "openapi", schema(required))]
    error_code: Option<&'a str>,
    /// Why it was refused or failed, in words.
    #[cfg_attr(feature = "openapi", schema(required))]
    reason: Option<&'a str>,
}

/// What was asked for, as it was sent: the names are those of the parameters, of which only exports that go on as tasks have
/// all.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditedFilter<'a> {
    #[cfg_attr(feature = "openapi", schema(required))]
    start_time: Option<&'a str>,
    #[cfg_attr(feature = "openapi", schema(required))]
    end_time: Option<&'a str>,
    #[cfg_attr(feature = "openapi", schema(required))]
    user_name: Option<&'a str>,
    #[cfg_attr(feature = "openapi", schema(required))]
    computer_name: Option<&'a str>,
    #[cfg_attr(feature = "openapi", schema(required))]
    terminal_type: Option<&'a str>,
    #[cfg_attr(feature = "openapi", schema(required))]
    enterprise_project_id: Option<&'a str>,
    #[cfg_attr(feature = "openapi", schema(required))]
    public_ip: Option<&'a str>,
    #[cfg_attr(feature = "openapi", schema(required))]
    min_network_rtt: Option<&'a str>,
    #[cfg_attr(feature = "openapi", schema(required))]
    max_network_rtt: Option<&'a str>,
    #[cfg_attr(feature = "openapi", schema(required))]
    min_e2e_rtt: Option<&'a str>,
    #[cfg_attr(feature = "openapi", schema(required))]
    max_e2e_rtt: Option<&'a str>,
    #[cfg_attr(feature = "openapi", schema(required))]
    domain: Option<&'a str>,
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
            via: fields.via.name(),
            action: fields.action.name(),
            task_ids: fields.task_ids.iter().map(TaskId::as_str).collect(),
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
                enterprise_project_id: asked(Parameter::EnterpriseProjectId),
                public_ip: asked(Parameter::PublicIp),
                min_network_rtt: asked(Parameter::MinNetworkRtt),
                max_network_rtt: asked(Parameter::MaxNetworkRtt),
                min_e2e_rtt: asked(Parameter::MinE2eRtt),
                max_e2e_rtt: asked(Parameter::MaxE2eRtt),
                domain: asked(Parameter::Domain),
            },
            language: asked(Parameter::Language),
            time_zone: asked(Parameter::TimeZone),
            format: asked(Parameter::Format),
            summary: asked(Parameter::Summary),
            started_at: format_time(fields.started_at),
            ended_at: ending.map(|ending| format_time(ending.ended_at())),
            duration_ms: progress.map(|progress| progress.duration.as_millis()),
            rows: progress.map(|progress| progress.rows),
            bytes: progress.map(|progress| progress.bytes),
            requests: ending.map(ExportEnding::requests),
            outcome: outcome.map_or("running", ExportOutcome::name),
            error_code: outcome.and_then(ExportOutcome::error_code),
            reason: outcome.and_then(ExportOutcome::reason),
        }
    }
}
