//! What of an audit stands in a file, in which order, and as what kind of value.

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::language::AuditWord;
use crate::{
    AuditOutcome, ColumnKind, ExportAudit, ExportEnding, ExportOutcome, Language, Parameter,
    ProjectId, TaskId, Value,
};

/// A column of a file of audits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditColumn {
    /// When it was asked for.
    StartedAt,
    /// When it ended.
    EndedAt,
    /// How long it took.
    Duration,
    /// Who asked.
    User,
    /// What was done, by its code: `read`.
    Action,
    /// By which way, by its code: `export`.
    Via,
    /// What became of it, by its code: `done`.
    Outcome,
    /// How many records were handed out.
    Rows,
    /// How many bytes were handed over for sending.
    Bytes,
    /// How many requests it is about.
    Requests,
    /// The filter that was asked for, as a query.
    Filter,
    /// The format that was asked for.
    Format,
    /// The language that was asked for.
    Language,
    /// The time zone that was asked for.
    TimeZone,
    /// Whether a summary was asked for.
    Summary,
    /// The export tasks that it was about, separated by blanks.
    TaskIds,
    /// The code of the error that the client was sent.
    ErrorCode,
    /// Why it was refused or failed.
    Reason,
    /// With what the user proved who they are, by its code: `token`.
    Credential,
    /// The other end of the connection.
    PeerAddress,
    /// Where the request came from, as its header `X-Forwarded-For` says.
    ForwardedFor,
    /// The project that was asked for.
    RequestedProjectId,
    /// The identifier of the request.
    RequestId,
    /// The identifier of the audit.
    Id,
}

impl AuditColumn {
    /// Every column, in the order in which they stand.
    pub const ALL: [Self; 24] = [
        Self::StartedAt,
        Self::EndedAt,
        Self::Duration,
        Self::User,
        Self::Action,
        Self::Via,
        Self::Outcome,
        Self::Rows,
        Self::Bytes,
        Self::Requests,
        Self::Filter,
        Self::Format,
        Self::Language,
        Self::TimeZone,
        Self::Summary,
        Self::TaskIds,
        Self::ErrorCode,
        Self::Reason,
        Self::Credential,
        Self::PeerAddress,
        Self::ForwardedFor,
        Self::RequestedProjectId,
        Self::RequestId,
        Self::Id,
    ];

    /// What kind of value the column holds.
    pub const fn kind(self) -> ColumnKind {
        match self {
            Self::StartedAt | Self::EndedAt => ColumnKind::Time,
            Self::Duration => ColumnKind::Duration,
            Self::Rows | Self::Bytes | Self::Requests => ColumnKind::Integer,
            Self::User
            | Self::Action
            | Self::Via
            | Self::Outcome
            | Self::Filter
            | Self::Format
            | Self::Language
            | Self::TimeZone
            | Self::Summary
            | Self::TaskIds
            | Self::ErrorCode
            | Self::Reason
            | Self::Credential
            | Self::PeerAddress
            | Self::ForwardedFor
            | Self::RequestedProjectId
            | Self::RequestId
            | Self::Id => ColumnKind::Text,
        }
    }

    /// How wide the column should be for what usually stands in it, in characters.
    pub const fn width(self) -> u8 {
        match self {
            Self::Format | Self::Language | Self::Summary => 14,
            Self::Duration
            | Self::Outcome
            | Self::Rows
            | Self::Bytes
            | Self::Requests
            | Self::TimeZone
            | Self::ErrorCode
            | Self::Credential => 18,
            Self::Action | Self::Via => 24,
            Self::PeerAddress | Self::ForwardedFor => 28,
            Self::StartedAt | Self::EndedAt | Self::User => 30,
            Self::TaskIds | Self::RequestedProjectId | Self::RequestId | Self::Id => 38,
            Self::Filter | Self::Reason => 48,
        }
    }

    /// The header of the column. The header of a time names the zone that its times are in: `Started (UTC)`.
    pub fn header(self, language: Language, time_zone: Tz) -> Cow<'static, str> {
        let header = language.audit_header(self);
        if self.kind() == ColumnKind::Time {
            format!("{header} ({time_zone})").into()
        } else {
            header.into()
        }
    }
}

/// An audit, with the texts that its columns hold and it does not.
#[derive(Clone, Debug)]
pub struct AuditRow<'a> {
    audit: &'a ExportAudit,
    filter: String,
    task_ids: String,
    peer_address: Option<String>,
}

impl<'a> AuditRow<'a> {
    /// The row of an audit.
    pub fn new(audit: &'a ExportAudit) -> Self {
        let fields = audit.fields();
        let task_ids: Vec<_> = fields.task_ids.iter().map(TaskId::as_str).collect();
        Self {
            audit,
            filter: filter(audit),
            task_ids: task_ids.join(" "),
            peer_address: fields.peer_address.map(|address| address.to_string()),
        }
    }

    /// What a person reads of a column: the kinds of audits in words, and else what [`value`](Self::value) has.
    pub fn words(&self, column: AuditColumn, language: Language) -> Value<'_> {
        let (fields, ending) = (self.audit.fields(), self.audit.ending());
        let word = match column {
            AuditColumn::Action => AuditWord::Action(fields.action),
            AuditColumn::Via => AuditWord::Via(fields.via),
            AuditColumn::Outcome => AuditWord::Outcome(
                ending.map_or(AuditOutcome::Running, |ending| ending.outcome().kind()),
            ),
            _ => return self.value(column),
        };
        Value::Text(language.audit_word(word))
    }

    /// What the audit holds for a column. How far it came is missing where the list of audits has null.
    pub fn value(&self, column: AuditColumn) -> Value<'_> {
        let (fields, ending) = (self.audit.fields(), self.audit.ending());
        let asked = |parameter| text(fields.query.value(parameter));
        let outcome = ending.map(ExportEnding::outcome);
        let progress = ending.and_then(ExportEnding::progress);
        match column {
            AuditColumn::StartedAt => Value::Time(fields.started_at),
            AuditColumn::EndedAt => {
                ending.map_or(Value::Missing, |ending| Value::Time(ending.ended_at()))
            }
            AuditColumn::Duration => progress
                .and_then(|progress| TimeDelta::from_std(progress.duration).ok())
                .map_or(Value::Missing, Value::Duration),
            AuditColumn::User => Value::Text(&fields.user),
            AuditColumn::Action => Value::Text(fields.action.name()),
            AuditColumn::Via => Value::Text(fields.via.name()),
            AuditColumn::Outcome => {
                let running = AuditOutcome::Running.name();
                Value::Text(outcome.map_or(running, ExportOutcome::name))
            }
            AuditColumn::Rows => number(progress.map(|progress| progress.rows)),
            AuditColumn::Bytes => number(progress.map(|progress| progress.bytes)),
            AuditColumn::Requests => number(ending.map(ExportEnding::requests)),
            AuditColumn::Filter => unless_empty(&self.filter),
            AuditColumn::Format => asked(Parameter::Format),
            AuditColumn::Language => asked(Parameter::Language),
            AuditColumn::TimeZone => asked(Parameter::TimeZone),
            AuditColumn::Summary => asked(Parameter::Summary),
            AuditColumn::TaskIds => unless_empty(&self.task_ids),
            AuditColumn::ErrorCode => text(outcome.and_then(ExportOutcome::error_code)),
            AuditColumn::Reason => text(outcome.and_then(ExportOutcome::reason)),
            AuditColumn::Credential => Value::Text(fields.credential.name()),
            AuditColumn::PeerAddress => text(self.peer_address.as_deref()),
            AuditColumn::ForwardedFor => text(fields.forwarded_for.as_deref()),
            AuditColumn::RequestedProjectId => {
                text(fields.requested_project_id.as_ref().map(ProjectId::as_str))
            }
            AuditColumn::RequestId => Value::Text(&fields.request_id),
            AuditColumn::Id => Value::Text(fields.id.as_str()),
        }
    }
}

/// The filter of an audit as a query that says the same: `user_name=jy01@local.com&domain=local.com`.
///
/// Letters of all scripts stand as they are, for people read it; what would end a value, or mean something else in a query, is
/// percent-encoded.
fn filter(audit: &ExportAudit) -> String {
    let mut filter = String::new();
    let kept = Parameter::FILTERS
        .into_iter()
        .chain([Parameter::AccessKeyId]);
    for parameter in kept {
        let Some(value) = audit.fields().query.value(parameter) else {
            continue;
        };
        if !filter.is_empty() {
            filter.push('&');
        }
        filter.push_str(parameter.name());
        filter.push('=');
        for character in value.chars() {
            if character.is_ascii_control() || matches!(character, '%' | '&' | '+' | '#') {
                let byte = u32::from(character);
                // A text takes what is written into it.
                let _ = write!(filter, "%{byte:02X}");
            } else {
                filter.push(character);
            }
        }
    }
    filter
}

fn text(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Missing, Value::Text)
}

fn unless_empty(value: &str) -> Value<'_> {
    text(Some(value).filter(|value| !value.is_empty()))
}

fn number(value: Option<u64>) -> Value<'static> {
    value.map_or(Value::Missing, |number| {
        Value::Integer(number.try_into().unwrap_or(i64::MAX))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_header_of_every_language_is_a_word_of_its_own() {
        for language in Language::ALL {
            let headers = AuditColumn::ALL.map(|column| column.header(language, Tz::UTC));
            for header in &headers {
                assert!(!header.trim().is_empty() && header.trim() == header);
                assert!(header.chars().count() <= 44, "{language}: {header}");
            }
            let different: HashSet<_> = headers.iter().collect();
            assert_eq!(different.len(), headers.len(), "{language}");
        }
    }

    #[test]
    fn the_header_of_a_time_and_of_no_other_column_names_the_zone() {
        for language in Language::ALL {
            for column in AuditColumn::ALL {
                let header = column.header(language, Tz::Asia__Shanghai);
                let named = header.ends_with(" (Asia/Shanghai)");
                assert_eq!(named, column.kind() == ColumnKind::Time, "{column:?}");
            }
        }
    }

    #[test]
    fn no_column_is_left_out_or_twice() {
        let different: HashSet<_> = AuditColumn::ALL.into();
        assert_eq!(different.len(), AuditColumn::Id as usize + 1);
    }
}
