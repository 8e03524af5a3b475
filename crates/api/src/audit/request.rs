use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, X_FORWARDED_FOR};
use chrono::{DateTime, Utc};
use deskledger_domain::{
    AuditAction, AuditFields, AuditId, AuditVia, AuditedQuery, CredentialKind, ExportAudit,
    ExportFormat, Parameter, Principal, ProjectId, TaskId,
};
use uuid::Uuid;

use crate::error::ApiError;
use crate::http::request_id::RequestId;

/// The most characters that are kept of the header `X-Forwarded-For`.
const MAX_FORWARDED_FOR_CHARS: usize = 255;

/// What an audit is about.
pub(crate) struct Subject {
    via: AuditVia,
    action: AuditAction,
    task_ids: Vec<TaskId>,
    query: AuditedQuery,
}

impl Subject {
    /// An export that these pairs ask for, straight or as a task, whatever is wrong with them. `accepted` is the format that the
    /// client accepts best.
    pub(crate) fn export(
        via: AuditVia,
        pairs: &[(String, String)],
        accepted: ExportFormat,
    ) -> Self {
        let pairs = pairs.iter().map(|(name, value)| (name, value));
        Self {
            via,
            action: AuditAction::Read,
            task_ids: Vec::new(),
            query: AuditedQuery::of_pairs(pairs, accepted),
        }
    }

    /// Pages of the list that these pairs ask for.
    pub(crate) fn list(pairs: &[(String, String)]) -> Self {
        Self {
            via: AuditVia::List,
            action: AuditAction::Read,
            task_ids: Vec::new(),
            query: AuditedQuery::as_sent(pairs.iter().map(|(name, value)| (name, value))),
        }
    }

    /// The download of the file of a task, of which is known what it was asked for where it is known at all.
    pub(crate) fn download(task: Option<TaskId>, query: AuditedQuery) -> Self {
        Self {
            via: AuditVia::Download,
            action: AuditAction::Read,
            task_ids: task.into_iter().collect(),
            query,
        }
    }

    /// What a link leads to: an export, or the file of a task.
    pub(crate) fn link(task: Option<TaskId>, query: AuditedQuery) -> Self {
        Self {
            via: AuditVia::Link,
            ..Self::download(task, query)
        }
    }

    /// An export of the audit itself, that these pairs ask for: its user stands for the one who is looked for.
    pub(crate) fn audits(pairs: &[(String, String)], accepted: ExportFormat) -> Self {
        let named = pairs.iter().map(|(name, value)| {
            let name = if name == Parameter::User.name() {
                Parameter::UserName.name()
            } else {
                name
            };
            (name, value)
        });
        Self {
            via: AuditVia::Audit,
            action: AuditAction::Read,
            task_ids: Vec::new(),
            query: AuditedQuery::of_pairs(named, accepted),
        }
    }

    /// Something that is done with a session; with that of another user where one is named.
    pub(crate) fn session(action: AuditAction, user: Option<&str>) -> Self {
        let named = user.map(|user| (Parameter::UserName.name(), user));
        Self {
            via: AuditVia::Session,
            action,
            task_ids: Vec::new(),
            query: AuditedQuery::as_sent(named),
        }
    }

    /// Something that is done with an access key, where one is named.
    pub(crate) fn access_key(action: AuditAction, id: Option<&str>) -> Self {
        let named = id.map(|id| (Parameter::AccessKeyId.name(), id));
        Self {
            via: AuditVia::AccessKey,
            action,
            task_ids: Vec::new(),
            query: AuditedQuery::as_sent(named),
        }
    }

    /// The deletion of tasks.
    pub(crate) fn deletion(task_ids: Vec<TaskId>) -> Self {
        Self {
            via: AuditVia::Task,
            action: AuditAction::Delete,
            task_ids,
            query: AuditedQuery::default(),
        }
    }
}

/// The audit of what `principal`, who proved it by a `credential`, asks for with `request`, whose path names the project
/// `requested` where it names one.
///
/// # Errors
/// When the name of the user is one that no database stores. Then nothing is handed out.
pub(crate) fn audit_of(
    request: &HttpRequest,
    (principal, credential): (&Principal, CredentialKind),
    requested: Option<&ProjectId>,
    subject: Subject,
    now: DateTime<Utc>,
) -> Result<ExportAudit, ApiError> {
    let Subject {
        via,
        action,
        task_ids,
        query,
    } = subject;
    ExportAudit::new(AuditFields {
        id: AuditId::new(Uuid::new_v4().simple().to_string()).map_err(ApiError::internal)?,
        via,
        action,
        task_ids,
        project_id: principal.project_id().clone(),
        requested_project_id: requested.cloned(),
        user: principal.user().to_owned(),
        credential,
        peer_address: request.peer_addr(),
        forwarded_for: forwarded_for(request.headers()),
        request_id: RequestId::of(request),
        query,
        started_at: now,
    })
    .map_err(ApiError::internal)
}

/// What proxies, or clients that claim to be proxies, wrote down.
fn forwarded_for(headers: &HeaderMap) -> Option<String> {
    let values: Vec<_> = headers
        .get_all(X_FORWARDED_FOR)
        .filter_map(|value| value.to_str().ok())
        .collect();
    let text: String = values
        .join(", ")
        .chars()
        .take(MAX_FORWARDED_FOR_CHARS)
        .collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn every_proxy_that_says_something_is_kept_up_to_a_limit() {
        let mut headers = HeaderMap::new();
        assert_eq!(forwarded_for(&headers), None);
        headers.append(
            X_FORWARDED_FOR,
            HeaderValue::from_static("10.0.0.7, 10.1.1.1"),
        );
        headers.append(X_FORWARDED_FOR, HeaderValue::from_static("192.168.0.1"));
        assert_eq!(
            forwarded_for(&headers).as_deref(),
            Some("10.0.0.7, 10.1.1.1, 192.168.0.1")
        );
        let long = HeaderValue::from_str(&"x".repeat(300)).unwrap();
        headers.insert(X_FORWARDED_FOR, long);
        assert_eq!(forwarded_for(&headers).unwrap().len(), 255);
    }
}
