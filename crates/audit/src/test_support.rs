//! Audits for the tests.

use chrono::DateTime;
use deskledger_domain::{
    AuditAction, AuditFields, AuditId, AuditVia, AuditedQuery, CredentialKind, ExportAudit,
    ProjectId,
};

/// An audit of a user, who asked for their own project.
pub(crate) fn audit(user: &str) -> ExportAudit {
    audit_of_project(user, "p")
}

/// An audit of a user of a project, who asked for it.
pub(crate) fn audit_in(project: &str, user: &str) -> ExportAudit {
    let fields = AuditFields {
        project_id: ProjectId::new(project).unwrap(),
        requested_project_id: None,
        ..audit(user).fields().clone()
    };
    ExportAudit::new(fields).unwrap()
}

/// An audit of a user of the project `p` who asked for a project.
pub(crate) fn audit_of_project(user: &str, project: &str) -> ExportAudit {
    ExportAudit::new(AuditFields {
        id: AuditId::new("a").unwrap(),
        via: AuditVia::Export,
        action: AuditAction::Read,
        task_ids: Vec::new(),
        project_id: ProjectId::new("p").unwrap(),
        requested_project_id: ProjectId::new(project).ok(),
        user: user.to_owned(),
        credential: CredentialKind::Token,
        peer_address: None,
        forwarded_for: None,
        request_id: "r".to_owned(),
        query: AuditedQuery::default(),
        started_at: DateTime::UNIX_EPOCH,
    })
    .unwrap()
}
