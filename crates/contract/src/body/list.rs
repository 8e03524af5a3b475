use deskledger_domain::{ConnectionRecord, Marker, ProjectId};
use deskledger_ingest::RecordLine;
use serde::Serialize;
use utoipa::ToSchema;

use crate::marker::marker_text;
use crate::openapi::Record;

/// A part of the records of a project, as it is sent (`contract.md` §3).
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordList {
    /// How many match in all; left out where the part began after a marker, since counting costs more than such a part, and where
    /// `count` is `false`.
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
    /// These records of `project`, newest first. `total` is how many match in all, where that was counted, and `next` what the
    /// next part begins after, where one follows.
    pub fn new(
        project: &ProjectId,
        total: Option<u64>,
        records: Vec<ConnectionRecord>,
        next: Option<&Marker>,
    ) -> Self {
        Self {
            total_count: total,
            next_marker: next.map(|marker| marker_text(marker, project)),
            records: records
                .into_iter()
                .map(|record| RecordLine::from(record.into_parts().1))
                .collect(),
        }
    }
}
