use deskledger_domain::{
    AuditedQuery, ExportAudit, ExportEnding, ExportOutcome, Parameter, ProjectId, TaskId,
    format_time,
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
    /// By which way: `export`, `task`, `download`, `link` or `list`; `session`, `access_key` and `audit` where no
    /// records were handed out.
    #[cfg_attr(feature = "openapi", schema(examples("export", "download")))]
    via: &'static str,
    /// `read` where records were handed out, `delete` where something that holds them was deleted.
    #[cfg_attr(feature = "openapi", schema(examples("read", "delete")))]
    action: &'static str,
    /// The export tasks that it was about.
    task_ids: Vec<&'a str>,
    /// The access key that it was about; missing where it was about none.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<&'a str>,
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
    /// Records that were written, read in pages, or are in a file that was downloaded whole; 0 for a part of one and for a
    /// deletion; null as above.
    #[cfg_attr(feature = "openapi", schema(required))]
    rows: Option<u64>,
    /// Bytes of the file that were handed over for sending, before they are compressed on the way; null as above.
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

/// Defines the filter of an audit, with a field for each parameter.
macro_rules! audited_filter {
    ($($field:ident: $parameter:ident,)+) => {
        /// What was asked for, as it was sent: the names are those of the parameters.
        #[derive(Debug, Serialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct AuditedFilter<'a> {
            $(
                #[cfg_attr(feature = "openapi", schema(required))]
                $field: Option<&'a str>,
            )+
        }

        impl<'a> From<&'a AuditedQuery> for AuditedFilter<'a> {
            fn from(query: &'a AuditedQuery) -> Self {
                Self { $($field: query.value(Parameter::$parameter),)+ }
            }
        }
    };
}

audited_filter! {
    start_time: StartTime,
    end_time: EndTime,
    user_name: UserName,
    computer_name: ComputerName,
    terminal_type: TerminalType,
    enterprise_project_id: EnterpriseProjectId,
    public_ip: PublicIp,
    min_network_rtt: MinNetworkRtt,
    max_network_rtt: MaxNetworkRtt,
    min_e2e_rtt: MinE2eRtt,
    max_e2e_rtt: MaxE2eRtt,
    domain: Domain,
    state: State,
    failure_reason: FailureReason,
    user_name_prefix: UserNamePrefix,
    computer_name_prefix: ComputerNamePrefix,
    terminal_ip: TerminalIp,
    source_ip: SourceIp,
    desktop_ip: DesktopIp,
    desktop_id: DesktopId,
    sid: Sid,
    terminal_mac: TerminalMac,
    is_reconnect: IsReconnect,
    min_duration: MinDuration,
    max_duration: MaxDuration,
    active_at: ActiveAt,
    transaction_id: TransactionId,
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
            access_key_id: asked(Parameter::AccessKeyId),
            credential: fields.credential.name(),
            requested_project_id: fields.requested_project_id.as_ref().map(ProjectId::as_str),
            peer_address: fields.peer_address.map(|address| address.to_string()),
            forwarded_for: fields.forwarded_for.as_deref(),
            filter: AuditedFilter::from(&fields.query),
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
