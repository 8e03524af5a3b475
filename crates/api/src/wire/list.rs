use deskledger_domain::{Marker, ProjectId};
use deskledger_store::RecordPage;
use serde::Serialize;

use super::{RecordLine, marker_text};

/// A part of the records of a project, as it is sent (`contract.md` §3).
#[derive(Debug, Serialize)]
pub(crate) struct RecordList {
    /// How many match in all; left out where the part began after a marker, since counting costs more than such a part.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_count: Option<u64>,
    /// Newest first.
    records: Vec<RecordLine>,
    /// What the next part begins after; left out where nothing follows.
    #[serde(skip_serializing_if = "Option::is_none")]
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
