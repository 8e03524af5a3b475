use std::collections::BTreeMap;

use deskledger_domain::{ExportLink, LinkState, TaskId, format_time};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ErrorCode;

/// A link that was made, as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkCreated<'a> {
    /// The identifier of the link, by which it is watched and cancelled. It is no secret.
    #[schema(examples("0b4ffb5bd2bf44cb98e6a1d0a8f6fa4f"))]
    pub id: &'a str,
    /// The path of the file, from the root of the service. Who knows it may take the file once, so it is for the browser alone.
    #[schema(examples("/v2/exports/7SdnvsKWE0MIxSeAm4K6wkZ2oHCB3-9Itm7rzLQwJ2c"))]
    pub url: &'a str,
    /// How many seconds the download may wait to begin.
    #[schema(examples(60))]
    pub expires_in: u64,
    /// How many records match now; null for the file of a task.
    #[schema(required)]
    pub total_count: Option<u64>,
}

/// A part of the export links of a project, as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkList<'a> {
    /// Those that were asked for.
    export_links: Vec<LinkBody<'a>>,
    /// How many there are in all.
    count: u64,
}

/// One export link, as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkBody<'a> {
    /// Its identifier.
    #[schema(examples("0b4ffb5bd2bf44cb98e6a1d0a8f6fa4f"))]
    id: &'a str,
    /// The name of the user who made it.
    user: &'a str,
    /// The parameters that were sent for the export, of the task where it leads to the file of one.
    parameters: BTreeMap<String, String>,
    /// The task whose file it leads to; null where it leads to an export.
    #[schema(required)]
    task_id: Option<&'a str>,
    /// `waiting`, `running`, `done`, `broken`, `expired` or `cancelled`.
    #[schema(examples("running"))]
    state: &'static str,
    /// How many records are written; for the file of a task 0 until all of it was handed over.
    rows: u64,
    /// How many bytes of the file were handed over for sending, before they are compressed on the way.
    bytes: u64,
    /// How many records matched when it was made, or are in the file of a task; null where that is not known.
    #[schema(required)]
    total_count: Option<u64>,
    /// How many bytes the file of a task has; null for an export.
    #[schema(required)]
    total_bytes: Option<u64>,
    /// The code of the error that it broke with; null where it did not, or where its client left or was too slow.
    #[schema(required)]
    error_code: Option<&'a str>,
    /// When it was made, in UTC.
    #[schema(format = DateTime)]
    create_time: String,
    /// Until when its download must begin.
    #[schema(format = DateTime)]
    begin_before: String,
    /// When it came to its end; null before, and where nobody saw that.
    #[schema(required, format = DateTime)]
    end_time: Option<String>,
}

impl<'a> LinkList<'a> {
    /// These links, of `total` that there are.
    pub fn new(total: u64, export_links: Vec<LinkBody<'a>>) -> Self {
        Self {
            export_links,
            count: total,
        }
    }
}

impl<'a> LinkBody<'a> {
    /// A link that was made with these parameters.
    pub fn new(link: &'a ExportLink, parameters: BTreeMap<String, String>) -> Self {
        let error_code = match &link.state {
            // Its process is gone.
            LinkState::Broken { error_code: None } if link.ended_at.is_none() => {
                Some(ErrorCode::Unavailable.code())
            }
            state => state.error_code(),
        };
        Self {
            id: link.id.as_str(),
            user: &link.user,
            parameters,
            task_id: link.task_id.as_ref().map(TaskId::as_str),
            state: link.state.name(),
            rows: link.rows,
            bytes: link.bytes,
            total_count: link.total_count,
            total_bytes: link.total_bytes,
            error_code,
            create_time: format_time(link.created_at),
            begin_before: format_time(link.begins_before),
            end_time: link.ended_at.map(format_time),
        }
    }
}
