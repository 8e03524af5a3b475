//! The table of export links and its rows.

use chrono::{DateTime, Utc};
use deskledger_domain::{
    ExportLink, InvalidLink, LinkId, LinkState, ProjectId, ProjectScope, TaskId,
};
use diesel::prelude::*;

use crate::error::Cause;
use crate::moment::Moment;

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::moment::Micros;

    export_links (id) {
        id -> Text,
        project_id -> Text,
        user_name -> Text,
        session -> Nullable<Text>,
        secret_hash -> Binary,
        request -> Text,
        task_id -> Nullable<Text>,
        total_count -> Nullable<BigInt>,
        total_bytes -> Nullable<BigInt>,
        state -> Text,
        created_at -> Micros,
        begins_before -> Micros,
        leased_until -> Nullable<Micros>,
        ended_at -> Nullable<Micros>,
        written_rows -> BigInt,
        written_bytes -> BigInt,
        error_code -> Nullable<Text>,
    }
}

pub(super) const WAITING: &str = "waiting";
pub(super) const RUNNING: &str = "running";
pub(super) const ENDING: &str = "ending";
pub(super) const DONE: &str = "done";
pub(super) const BROKEN: &str = "broken";
pub(super) const CANCELLED: &str = "cancelled";

/// What is shown of a link.
#[derive(Queryable, Selectable)]
#[diesel(table_name = export_links)]
pub(super) struct LinkRow {
    id: String,
    project_id: String,
    user_name: String,
    request: String,
    task_id: Option<String>,
    total_count: Option<i64>,
    total_bytes: Option<i64>,
    state: String,
    created_at: Moment,
    begins_before: Moment,
    leased_until: Option<Moment>,
    ended_at: Option<Moment>,
    written_rows: i64,
    written_bytes: i64,
    error_code: Option<String>,
}

impl LinkRow {
    /// Makes the link from the row, as it is at `now`.
    ///
    /// # Errors
    /// When the row is not a valid link.
    pub(super) fn into_link(self, now: DateTime<Utc>) -> Result<ExportLink, Cause> {
        let is_leased = self.leased_until.is_some_and(|until| until.0 > now);
        let state = match self.state.as_str() {
            WAITING if self.begins_before.0 > now => LinkState::Waiting,
            WAITING => LinkState::Expired,
            RUNNING | ENDING if is_leased => LinkState::Running,
            // Its process is gone.
            RUNNING | ENDING => LinkState::Broken { error_code: None },
            DONE => LinkState::Done,
            BROKEN => LinkState::Broken {
                error_code: self.error_code,
            },
            CANCELLED => LinkState::Cancelled,
            _ => return Err(InvalidLink::State.into()),
        };
        Ok(ExportLink {
            id: LinkId::new(self.id)?,
            project_id: ProjectId::new(self.project_id)?,
            user: self.user_name,
            request: self.request,
            task_id: self.task_id.map(TaskId::new).transpose()?,
            created_at: self.created_at.0,
            begins_before: self.begins_before.0,
            total_count: self.total_count.map(i64::unsigned_abs),
            total_bytes: self.total_bytes.map(i64::unsigned_abs),
            rows: self.written_rows.unsigned_abs(),
            bytes: self.written_bytes.unsigned_abs(),
            state,
            ended_at: self.ended_at.map(|ended_at| ended_at.0),
        })
    }
}

/// The link of a project with an identifier.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn owned<'a>(scope: &'a ProjectScope, id: &'a LinkId) -> _ {
    let project: &'a str = scope.project_id().as_str();
    let id: &'a str = id.as_str();
    export_links::table
        .find(id)
        .filter(export_links::project_id.eq(project))
}
