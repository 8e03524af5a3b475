use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use deskledger_domain::{
    Action, AuditAction, AuditFields, AuditId, AuditVia, AuditedQuery, ExportAudit, ExportFormat,
    ExportRequest, Language, Parameter, Policy, Principal, ProjectId, TaskExportQuery, TaskId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{ApiError, ErrorCode};

/// Who asked for what, as the database keeps it for the process that runs the task, now or after an upgrade.
///
/// It holds the parameters as they were sent, which mean the same whenever they are read. It also holds the roles of
/// the caller, because the process that runs the task asks the policy again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "version", deny_unknown_fields)]
pub(crate) enum TaskRequest {
    /// The first form, and so far the only one.
    #[serde(rename = "1")]
    V1 {
        user: String,
        roles: Vec<String>,
        credential: String,
        peer_address: Option<String>,
        forwarded_for: Option<String>,
        request_id: String,
        parameters: BTreeMap<String, String>,
    },
}

impl TaskRequest {
    /// What `principal` asks for with a request that `audit` describes, and with these parameters.
    pub(crate) fn new(
        principal: &Principal,
        audit: &ExportAudit,
        parameters: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let fields = audit.fields();
        Self::V1 {
            user: fields.user.clone(),
            roles: principal.roles().map(str::to_owned).collect(),
            credential: fields.credential.name().to_owned(),
            peer_address: fields.peer_address.map(|address| address.to_string()),
            forwarded_for: fields.forwarded_for.clone(),
            request_id: fields.request_id.clone(),
            parameters: parameters.into_iter().collect(),
        }
    }

    /// The text that is kept.
    ///
    /// # Errors
    /// Never, unless memory is short.
    pub(crate) fn to_json(&self) -> Result<String, ApiError> {
        serde_json::to_string(self).map_err(ApiError::internal)
    }

    /// Reads what was kept.
    ///
    /// # Errors
    /// When the text is invalid, or of a later version than this program knows.
    pub(crate) fn from_json(json: &str) -> Result<Self, ApiError> {
        serde_json::from_str(json).map_err(ApiError::internal)
    }

    /// The name of the user who asked.
    pub(crate) fn user(&self) -> &str {
        let Self::V1 { user, .. } = self;
        user
    }

    /// The name of the user who asked, and the parameters that they sent.
    pub(crate) fn into_user_and_parameters(self) -> (String, BTreeMap<String, String>) {
        let Self::V1 {
            user, parameters, ..
        } = self;
        (user, parameters)
    }

    /// The language of the file.
    pub(crate) fn language(&self) -> Language {
        self.parameter(Parameter::Language)
    }

    /// The format of the file.
    pub(crate) fn format(&self) -> ExportFormat {
        self.parameter(Parameter::Format)
    }

    fn parameter<T: FromStr + Default>(&self, parameter: Parameter) -> T {
        let Self::V1 { parameters, .. } = self;
        let value = parameters.get(parameter.name());
        value
            .and_then(|value| value.parse().ok())
            .unwrap_or_default()
    }

    /// What was asked for, as an audit keeps it.
    pub(crate) fn audited_query(&self) -> AuditedQuery {
        let Self::V1 { parameters, .. } = self;
        AuditedQuery::of_pairs(parameters, ExportFormat::default())
    }

    /// The audit of one time that the task `id` is run.
    ///
    /// # Errors
    /// When a value is invalid in an audit.
    pub(crate) fn audit(
        &self,
        id: &TaskId,
        project: &ProjectId,
        now: DateTime<Utc>,
    ) -> Result<ExportAudit, ApiError> {
        let Self::V1 {
            user,
            credential,
            peer_address,
            forwarded_for,
            request_id,
            ..
        } = self;
        let peer_address = peer_address.as_ref().map(|address| address.parse());
        ExportAudit::new(AuditFields {
            id: AuditId::new(Uuid::new_v4().simple().to_string()).map_err(ApiError::internal)?,
            via: AuditVia::Task,
            action: AuditAction::Read,
            task_ids: vec![id.clone()],
            project_id: project.clone(),
            requested_project_id: Some(project.clone()),
            user: user.clone(),
            credential: credential.parse().map_err(ApiError::internal)?,
            peer_address: peer_address.transpose().map_err(ApiError::internal)?,
            forwarded_for: forwarded_for.clone(),
            request_id: request_id.clone(),
            query: self.audited_query(),
            started_at: now,
        })
        .map_err(ApiError::internal)
    }

    /// What is to be exported, where the policy still allows it.
    ///
    /// # Errors
    /// When it does not (403), or a parameter is wrong (400).
    pub(crate) fn export(
        &self,
        policy: &Policy,
        project: &ProjectId,
    ) -> Result<ExportRequest, ApiError> {
        let Self::V1 {
            user,
            roles,
            parameters,
            ..
        } = self;
        let principal = Principal::new(user, project.clone(), roles);
        let scope = policy
            .authorize(&principal, Action::ExportAsTask, project)
            .map_err(|denial| {
                let message = "the user who asked for the task may not export any more";
                ApiError::new(ErrorCode::Forbidden, message).with_cause(denial)
            })?;
        Ok(TaskExportQuery::from_pairs(parameters)?.into_request(scope)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the first version wrote. It must be read for ever.
    const KEPT: &str = r#"{"version":"1","user":"ann","roles":["te_admin"],"credential":"token",
        "peer_address":"10.0.0.2:53480","forwarded_for":null,"request_id":"r-1",
        "parameters":{"start_time":"2020-04-13T01:59Z","user_name":"jy01@local.com","language":"zh_CN"}}"#;

    fn project() -> ProjectId {
        ProjectId::new("p1").unwrap()
    }

    #[test]
    fn what_was_kept_is_read_and_written_as_the_same() {
        let request = TaskRequest::from_json(KEPT).unwrap();
        let again = TaskRequest::from_json(&request.to_json().unwrap()).unwrap();
        assert_eq!(again, request);
        let export = request.export(&Policy::default(), &project()).unwrap();
        assert_eq!(export.language.tag(), "zh_CN");
        assert!(export.filter.user_name().is_some());
        let id = TaskId::new("t-1").unwrap();
        let audit = request.audit(&id, &project(), DateTime::UNIX_EPOCH);
        let audit = audit.unwrap();
        assert_eq!(
            (&*audit.fields().user, &*audit.fields().request_id),
            ("ann", "r-1")
        );
        assert_eq!(
            TaskRequest::new(
                &Principal::new("ann", project(), ["te_admin"]),
                &audit,
                [
                    ("start_time", "2020-04-13T01:59Z"),
                    ("user_name", "jy01@local.com"),
                    ("language", "zh_CN")
                ]
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
            ),
            request
        );
    }

    #[test]
    fn a_later_version_is_refused() {
        let error = TaskRequest::from_json(&KEPT.replace(r#""version":"1""#, r#""version":"2""#));
        assert_eq!(error.unwrap_err().code(), ErrorCode::Internal);
    }

    #[test]
    fn who_may_not_export_any_more_gets_nothing() {
        let request = TaskRequest::from_json(KEPT).unwrap();
        let nobody_may = Policy::new([]);
        let error = request.export(&nobody_may, &project()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Forbidden);
    }
}
