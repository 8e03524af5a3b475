use deskledger_domain::ExportAudit;
use deskledger_export::AuditLine;
use serde::Serialize;
use utoipa::ToSchema;

/// A part of the audits of a project, as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditList<'a> {
    /// How many match in all.
    total_count: u64,
    /// Those that were asked for, newest first.
    audits: Vec<AuditLine<'a>>,
}

impl<'a> AuditList<'a> {
    /// These audits, newest first, of `total` that match.
    pub fn new(total: u64, audits: &'a [ExportAudit]) -> Self {
        Self {
            total_count: total,
            audits: audits.iter().map(AuditLine::from).collect(),
        }
    }
}
