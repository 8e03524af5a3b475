use deskledger_export::AuditLine;
use deskledger_store::AuditPage;
use serde::Serialize;
use utoipa::ToSchema;

/// A part of the audits of a project, as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditList<'a> {
    /// How many match in all.
    total_count: u64,
    /// Those that were asked for, newest first.
    audits: Vec<AuditLine<'a>>,
}

impl<'a> From<&'a AuditPage> for AuditList<'a> {
    fn from(page: &'a AuditPage) -> Self {
        Self {
            total_count: page.total,
            audits: page.audits.iter().map(AuditLine::from).collect(),
        }
    }
}
