use deskledger_domain::{Marker, ProjectId};
use deskledger_store::RecordPage;
use serde::Serialize;
use utoipa::ToSchema;

use deskledger_ingest::RecordLine;

use super::marker_text;
use crate::openapi::Record;

/// A part of the records of a project, as it is sent (`contract.md` §3).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordList {
    /// How many match in all; left out where the part began after a marker, since counting costs more than such a part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = u64)]
    total_count: Option<u64>,
    /// Newest first.
    #[schema(value_type = Vec<Record>)]
    records: Vec<RecordLine>,
    /// What the next part begins after, as `marker`; left out where nothing follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = String, examples("Kx7m1lYvT2YABaP1vq0aQDU1ZjFjM2EwLTAwMDE"))]
    next_marker: Option<String>,
}

impl RecordList {
    /// A page of the records of `project`.
    pub(crate) fn new(page: RecordPage, project: &ProjectId) -> Self {
        let text = |marker: &Marker| marker_text(marker, project);
        Self {
            total_count: page.total,
            next_marker: page.next.as_ref().map(text),
            records: page
                .records
                .into_iter()
                .map(|record| RecordLine::from(record.into_parts().1))
                .collect(),
        }
    }
}
