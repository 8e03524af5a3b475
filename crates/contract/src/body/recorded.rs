use deskledger_domain::Written;
use serde::Serialize;
use utoipa::ToSchema;

use deskledger_ingest::{BadLine, ImportSummary};

/// What became of a recording, as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recorded {
    /// How many records were new.
    inserted: u64,
    /// How many records were there before and got what was sent, also where that changed nothing.
    updated: u64,
    /// With NDJSON alone: how many lines were refused, while the others were recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    refused: Option<u64>,
    /// With NDJSON alone: the first of them, at most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    refusals: Option<Vec<RefusedLine>>,
    /// With NDJSON alone: how many more there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    refusals_left_out: Option<u64>,
}

/// A line that was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedLine {
    /// Which line of the body, from 1.
    line: u64,
    /// The field that is wrong; null where no known field is wrong.
    #[schema(required, examples("network_rtt"))]
    field: Option<&'static str>,
    /// What is wrong, and what would be right.
    reason: String,
}

impl Recorded {
    /// How many lines are listed at most.
    const MAX_REFUSALS: usize = 100;

    /// An array that was recorded.
    pub fn array(written: Written) -> Self {
        Self {
            inserted: written.inserted,
            updated: written.updated,
            refused: None,
            refusals: None,
            refusals_left_out: None,
        }
    }

    /// Lines that were recorded, but for those that were refused, the first of which are `refusals`.
    pub fn lines(summary: &ImportSummary, refusals: Vec<RefusedLine>) -> Self {
        Self {
            inserted: summary.inserted,
            updated: summary.updated,
            refused: Some(summary.bad_lines),
            refusals_left_out: Some(summary.bad_lines - refusals.len() as u64),
            refusals: Some(refusals),
        }
    }

    /// Keeps what is wrong with a line, where there is room.
    pub fn keep(refusals: &mut Vec<RefusedLine>, bad: &BadLine) {
        if refusals.len() < Self::MAX_REFUSALS {
            refusals.push(RefusedLine {
                line: bad.line,
                field: bad.reason.field(),
                reason: bad.reason.to_string(),
            });
        }
    }

    /// How many records were new.
    pub const fn inserted(&self) -> u64 {
        self.inserted
    }

    /// How many records were there before.
    pub const fn updated(&self) -> u64 {
        self.updated
    }

    /// How many lines were refused.
    pub fn refused(&self) -> u64 {
        self.refused.unwrap_or_default()
    }
}
