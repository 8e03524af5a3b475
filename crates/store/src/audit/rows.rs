//! Audits as the databases keep them: tables and rows.

use std::time::Duration;

use chrono::{DateTime, Utc};
use deskledger_domain::{
    AuditFields, AuditId, AuditedQuery, ExportAudit, ExportEnding, ExportOutcome, ExportProgress,
    Parameter, ProjectId, TaskId,
};
use diesel::prelude::*;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::error::Cause;
use crate::moment::Moment;

/// A number as the databases keep it. None of ours is too large for that.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Tasks as the databases keep them.
pub(crate) fn listed(tasks: &[TaskId]) -> Option<String> {
    let ids: Vec<_> = tasks.iter().map(TaskId::as_str).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// The filters that have a column of their own; all others stand in one, so that a new one needs no migration.
const WITH_COLUMN: [Parameter; 12] = [
    Parameter::StartTime,
    Parameter::EndTime,
    Parameter::UserName,
    Parameter::ComputerName,
    Parameter::TerminalType,
    Parameter::EnterpriseProjectId,
    Parameter::PublicIp,
    Parameter::MinNetworkRtt,
    Parameter::MaxNetworkRtt,
    Parameter::MinE2eRtt,
    Parameter::MaxE2eRtt,
    Parameter::Domain,
];

/// The filters that have no column of their own, as a query.
fn more_filters(query: &AuditedQuery) -> Option<String> {
    let others = Parameter::FILTERS
        .into_iter()
        .chain([Parameter::AccessKeyId])
        .filter(|parameter| !WITH_COLUMN.contains(parameter));
    let pairs: Vec<_> = others
        .filter_map(|parameter| Some((parameter.name(), query.value(parameter)?)))
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    (!pairs.is_empty()).then(|| pairs.join("&"))
}

/// The names and values of such a query.
fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(move |(name, value)| (decoded(name), decoded(value)))
}

/// Makes an ending from the values of a row.
///
/// # Errors
/// When the values are not a valid ending.
pub(crate) fn ending(
    ended_at: DateTime<Utc>,
    outcome: ExportOutcome,
    rows: Option<i64>,
    bytes: Option<i64>,
    duration_ms: Option<i64>,
) -> Result<ExportEnding, Cause> {
    if outcome == ExportOutcome::Interrupted {
        return Ok(ExportEnding::interrupted(ended_at));
    }
    let number = |number: Option<i64>| -> Result<u64, Cause> {
        Ok(number.ok_or("an audit lacks a number")?.try_into()?)
    };
    let progress = ExportProgress {
        rows: number(rows)?,
        bytes: number(bytes)?,
        duration: Duration::from_millis(number(duration_ms)?),
    };
    Ok(ExportEnding::new(ended_at, outcome, progress))
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::moment::Micros;

    export_audits (id) {
        id -> Text,
        project_id -> Text,
        requested_project_id -> Nullable<Text>,
        user_name -> Text,
        credential -> Text,
        peer_address -> Nullable<Text>,
        forwarded_for -> Nullable<Text>,
        request_id -> Text,
        filter_start_time -> Nullable<Text>,
        filter_end_time -> Nullable<Text>,
        filter_user_name -> Nullable<Text>,
        filter_computer_name -> Nullable<Text>,
        filter_terminal_type -> Nullable<Text>,
        filter_enterprise_project_id -> Nullable<Text>,
        filter_public_ip -> Nullable<Text>,
        filter_min_network_rtt -> Nullable<Text>,
        filter_max_network_rtt -> Nullable<Text>,
        filter_min_e2e_rtt -> Nullable<Text>,
        filter_max_e2e_rtt -> Nullable<Text>,
        filter_domain -> Nullable<Text>,
        more_filters -> Nullable<Text>,
        language -> Text,
        time_zone -> Text,
        format -> Text,
        summary -> Nullable<Text>,
        via -> Text,
        action -> Text,
        task_ids -> Nullable<Text>,
        instance -> BigInt,
        started_at -> Micros,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use crate::moment::Micros;

    export_audit_ends (audit_id, presumed) {
        audit_id -> Text,
        presumed -> Bool,
        outcome -> Text,
        error_code -> Nullable<Text>,
        reason -> Nullable<Text>,
        rows -> Nullable<BigInt>,
        bytes -> Nullable<BigInt>,
        duration_ms -> Nullable<BigInt>,
        requests -> BigInt,
        ended_at -> Micros,
    }
}

diesel::allow_tables_to_appear_in_same_query!(export_audits, export_audit_ends);

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = export_audits, treat_none_as_default_value = false)]
pub(crate) struct StartRow {
    pub(crate) id: String,
    project_id: String,
    requested_project_id: Option<String>,
    user_name: String,
    credential: String,
    peer_address: Option<String>,
    forwarded_for: Option<String>,
    request_id: String,
    filter_start_time: Option<String>,
    filter_end_time: Option<String>,
    filter_user_name: Option<String>,
    filter_computer_name: Option<String>,
    filter_terminal_type: Option<String>,
    filter_enterprise_project_id: Option<String>,
    filter_public_ip: Option<String>,
    filter_min_network_rtt: Option<String>,
    filter_max_network_rtt: Option<String>,
    filter_min_e2e_rtt: Option<String>,
    filter_max_e2e_rtt: Option<String>,
    filter_domain: Option<String>,
    more_filters: Option<String>,
    language: String,
    time_zone: String,
    format: String,
    summary: Option<String>,
    via: String,
    action: String,
    task_ids: Option<String>,
    instance: i64,
    started_at: Moment,
}

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = export_audit_ends, treat_none_as_default_value = false)]
pub(crate) struct EndRow {
    pub(crate) audit_id: String,
    presumed: bool,
    outcome: String,
    error_code: Option<String>,
    reason: Option<String>,
    rows: Option<i64>,
    bytes: Option<i64>,
    duration_ms: Option<i64>,
    requests: i64,
    ended_at: Moment,
}

impl StartRow {
    pub(crate) fn new(audit: &ExportAudit, instance: i64) -> Self {
        let fields = audit.fields();
        let value = |parameter| fields.query.value(parameter).map(str::to_owned);
        Self {
            id: fields.id.to_string(),
            project_id: fields.project_id.to_string(),
            requested_project_id: fields
                .requested_project_id
                .as_ref()
                .map(ToString::to_string),
            user_name: fields.user.clone(),
            credential: fields.credential.name().to_owned(),
            peer_address: fields.peer_address.as_ref().map(ToString::to_string),
            forwarded_for: fields.forwarded_for.clone(),
            request_id: fields.request_id.clone(),
            filter_start_time: value(Parameter::StartTime),
            filter_end_time: value(Parameter::EndTime),
            filter_user_name: value(Parameter::UserName),
            filter_computer_name: value(Parameter::ComputerName),
            filter_terminal_type: value(Parameter::TerminalType),
            filter_enterprise_project_id: value(Parameter::EnterpriseProjectId),
            filter_public_ip: value(Parameter::PublicIp),
            filter_min_network_rtt: value(Parameter::MinNetworkRtt),
            filter_max_network_rtt: value(Parameter::MaxNetworkRtt),
            filter_min_e2e_rtt: value(Parameter::MinE2eRtt),
            filter_max_e2e_rtt: value(Parameter::MaxE2eRtt),
            filter_domain: value(Parameter::Domain),
            more_filters: more_filters(&fields.query),
            language: value(Parameter::Language).unwrap_or_default(),
            time_zone: value(Parameter::TimeZone).unwrap_or_default(),
            format: value(Parameter::Format).unwrap_or_default(),
            summary: value(Parameter::Summary),
            via: fields.via.name().to_owned(),
            action: fields.action.name().to_owned(),
            task_ids: listed(&fields.task_ids),
            instance,
            started_at: Moment(fields.started_at),
        }
    }

    pub(crate) fn into_audit(self) -> Result<ExportAudit, Cause> {
        let own = [
            (Parameter::StartTime, self.filter_start_time),
            (Parameter::EndTime, self.filter_end_time),
            (Parameter::UserName, self.filter_user_name),
            (Parameter::ComputerName, self.filter_computer_name),
            (Parameter::TerminalType, self.filter_terminal_type),
            (
                Parameter::EnterpriseProjectId,
                self.filter_enterprise_project_id,
            ),
            (Parameter::PublicIp, self.filter_public_ip),
            (Parameter::MinNetworkRtt, self.filter_min_network_rtt),
            (Parameter::MaxNetworkRtt, self.filter_max_network_rtt),
            (Parameter::MinE2eRtt, self.filter_min_e2e_rtt),
            (Parameter::MaxE2eRtt, self.filter_max_e2e_rtt),
            (Parameter::Domain, self.filter_domain),
            (Parameter::Language, Some(self.language)),
            (Parameter::TimeZone, Some(self.time_zone)),
            (Parameter::Format, Some(self.format)),
            (Parameter::Summary, self.summary),
        ];
        let own = own
            .into_iter()
            .filter_map(|(parameter, value)| Some((parameter.name().to_owned(), value?)));
        let more = self.more_filters.as_deref().unwrap_or_default();
        let query = AuditedQuery::as_sent(own.chain(pairs(more)));
        Ok(ExportAudit::new(AuditFields {
            id: AuditId::new(self.id)?,
            via: self.via.parse()?,
            action: self.action.parse()?,
            task_ids: self
                .task_ids
                .iter()
                .flat_map(|ids| ids.split(' '))
                .map(TaskId::new)
                .collect::<Result<_, _>>()?,
            project_id: ProjectId::new(self.project_id)?,
            requested_project_id: self.requested_project_id.map(ProjectId::new).transpose()?,
            user: self.user_name,
            credential: self.credential.parse()?,
            peer_address: self.peer_address.map(|text| text.parse()).transpose()?,
            forwarded_for: self.forwarded_for,
            request_id: self.request_id,
            query,
            started_at: self.started_at.0,
        })?)
    }
}

impl EndRow {
    pub(crate) fn new(id: &AuditId, ending: &ExportEnding) -> Self {
        let (outcome, progress) = (ending.outcome(), ending.progress());
        let number = |number: fn(ExportProgress) -> u64| -> Option<i64> {
            progress.map(|progress| stored(number(progress)))
        };
        Self {
            audit_id: id.to_string(),
            presumed: *outcome == ExportOutcome::Interrupted,
            outcome: outcome.name().to_owned(),
            error_code: outcome.error_code().map(str::to_owned),
            reason: outcome.reason().map(str::to_owned),
            rows: number(|progress| progress.rows),
            bytes: number(|progress| progress.bytes),
            duration_ms: number(|progress| {
                progress.duration.as_millis().try_into().unwrap_or(u64::MAX)
            }),
            requests: stored(ending.requests()),
            ended_at: Moment(ending.ended_at()),
        }
    }

    pub(crate) fn into_ending(self) -> Result<ExportEnding, Cause> {
        let outcome = ExportOutcome::from_parts(&self.outcome, self.error_code, self.reason)?;
        let ended_at = self.ended_at.0;
        let requests = self.requests.try_into()?;
        let ending = ending(ended_at, outcome, self.rows, self.bytes, self.duration_ms)?;
        Ok(ending.with_requests(requests))
    }
}
