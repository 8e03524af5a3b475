//! The queue of export tasks: what processes that run them ask of their table, and what else begins by reading and goes on
//! by writing.

use chrono::{DateTime, Utc};
use deskledger_domain::{ProjectId, ProjectScope, TaskFailure, TaskFile, TaskId, TaskStatus};
use diesel::prelude::*;
use diesel::result::Error as DieselError;

use super::rows::{CREATING, SUCCESS, corrupt, export_tasks, owned};
use super::{
    ClaimTurn, ClaimedTask, Deletion, NewExportTask, Settlement, TaskCensus, TaskLease,
    TaskProgress,
};
use crate::audit::stored;
use crate::connection::{Connection, count_changed, load_for_update, on_each};
use crate::moment::Moment;

pub(super) fn add(
    connection: &mut Connection<'_>,
    task: &NewExportTask,
    most_waiting: u32,
) -> QueryResult<bool> {
    connection.transaction(|connection| {
        let waiting = export_tasks::table
            .filter(export_tasks::project_id.eq(task.scope.project_id().as_str()))
            .filter(export_tasks::status.eq(CREATING))
            .count();
        let waiting: i64 = on_each!(connection, |connection| waiting.get_result(connection))?;
        if waiting >= most_waiting.into() {
            return Ok(false);
        }
        let add = diesel::insert_into(export_tasks::table).values((
            export_tasks::id.eq(task.id.as_str()),
            export_tasks::project_id.eq(task.scope.project_id().as_str()),
            export_tasks::file_name.eq(&task.file_name),
            export_tasks::request.eq(&task.request),
            export_tasks::status.eq(CREATING),
            export_tasks::created_at.eq(Moment(task.created_at)),
            export_tasks::available_at.eq(Moment(task.created_at)),
        ));
        on_each!(connection, |connection| add.execute(connection))?;
        Ok(true)
    })
}

pub(super) fn claim(
    connection: &mut Connection<'_>,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    turn: &ClaimTurn,
) -> QueryResult<Option<ClaimedTask>> {
    connection.transaction(|connection| {
        let due = export_tasks::table
            .filter(export_tasks::status.eq(CREATING))
            .filter(export_tasks::available_at.le(Moment(now)))
            .select(export_tasks::project_id)
            .distinct();
        let due = on_each!(connection, |connection| due.load(connection))?;
        let running = running(now).select(export_tasks::project_id);
        let running: Vec<String> = on_each!(connection, |connection| running.load(connection))?;
        for project in turn.order(due, &running) {
            let claimed = claim_of(connection, now, until, &project)?;
            if claimed.is_some() {
                return Ok(claimed);
            }
        }
        Ok(None)
    })
}

/// Takes the task of a project that has waited for the longest, unless others take all of them just now.
fn claim_of(
    connection: &mut Connection<'_>,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    project: &str,
) -> QueryResult<Option<ClaimedTask>> {
    let next = export_tasks::table
        .filter(export_tasks::project_id.eq(project))
        .filter(export_tasks::status.eq(CREATING))
        .filter(export_tasks::available_at.le(Moment(now)))
        .order((export_tasks::available_at, export_tasks::id))
        .select((
            export_tasks::id,
            export_tasks::project_id,
            export_tasks::request,
            export_tasks::created_at,
            export_tasks::attempts,
            export_tasks::fence,
        ))
        .limit(1);
    let mut next: Vec<(String, String, String, Moment, i32, i64)> =
        load_for_update!(connection, next)?;
    let Some((id, project_id, request, created_at, attempts, fence)) = next.pop() else {
        return Ok(None);
    };
    let lease = TaskLease {
        id: TaskId::new(id).map_err(corrupt)?,
        fence: fence + 1,
    };
    let take = diesel::update(export_tasks::table.find(lease.id.as_str())).set((
        export_tasks::available_at.eq(Moment(until)),
        export_tasks::fence.eq(lease.fence),
        export_tasks::attempts.eq(attempts + 1),
        export_tasks::file_key.eq(Some(lease.file_key())),
        export_tasks::written_rows.eq(0),
        export_tasks::written_bytes.eq(0),
        export_tasks::total_count.eq(None::<i64>),
    ));
    on_each!(connection, |connection| take.execute(connection))?;
    Ok(Some(ClaimedTask {
        lease,
        project_id: ProjectId::new(project_id).map_err(corrupt)?,
        request,
        created_at: created_at.0,
        attempt: attempts.unsigned_abs() + 1,
    }))
}

pub(super) fn give_up(
    connection: &mut Connection<'_>,
    now: DateTime<Utc>,
    most_attempts: u32,
    failure: &TaskFailure,
) -> QueryResult<u64> {
    let hopeless = export_tasks::table
        .filter(export_tasks::status.eq(CREATING))
        .filter(export_tasks::available_at.le(Moment(now)))
        .filter(export_tasks::attempts.ge(i32::try_from(most_attempts).unwrap_or(i32::MAX)));
    let failed = diesel::update(hopeless).set((
        export_tasks::status.eq(TaskStatus::Fail.name()),
        export_tasks::ended_at.eq(Some(Moment(now))),
        export_tasks::error_code.eq(Some(&failure.error_code)),
        export_tasks::fail_reason.eq(Some(&failure.reason)),
        export_tasks::file_key.eq(None::<String>),
    ));
    count_changed!(connection, failed, export_tasks::id)
}

/// The task of a lease, as long as nobody else took it.
#[diesel::dsl::auto_type(no_type_alias)]
fn leased<'a>(lease: &'a TaskLease) -> _ {
    let id: &'a str = lease.id.as_str();
    let fence: i64 = lease.fence;
    let creating: &'static str = CREATING;
    export_tasks::table
        .find(id)
        .filter(export_tasks::status.eq(creating))
        .filter(export_tasks::fence.eq(fence))
}

/// The tasks that a process runs.
#[diesel::dsl::auto_type(no_type_alias)]
fn running(now: DateTime<Utc>) -> _ {
    let now: Moment = Moment(now);
    let creating: &'static str = CREATING;
    export_tasks::table
        .filter(export_tasks::status.eq(creating))
        .filter(export_tasks::available_at.gt(now))
        .filter(export_tasks::file_key.is_not_null())
}

pub(super) fn renew(
    connection: &mut Connection<'_>,
    lease: &TaskLease,
    until: DateTime<Utc>,
    progress: TaskProgress,
) -> QueryResult<bool> {
    let renew = diesel::update(leased(lease)).set((
        export_tasks::available_at.eq(Moment(until)),
        export_tasks::written_rows.eq(stored(progress.rows)),
        export_tasks::written_bytes.eq(stored(progress.bytes)),
        export_tasks::total_count.eq(progress.total.map(stored)),
    ));
    count_changed!(connection, renew, export_tasks::id).map(|changed| changed > 0)
}

pub(super) fn settle(
    connection: &mut Connection<'_>,
    lease: &TaskLease,
    settlement: &Settlement,
) -> QueryResult<bool> {
    let leased = diesel::update(leased(lease));
    // A task that waits is nobody's: the fence goes on, so that who gave it back cannot come again.
    let next = lease.fence + 1;
    let changed = match settlement {
        Settlement::Succeeded {
            bytes,
            at,
            expires_at,
        } => {
            let succeed = leased.set((
                export_tasks::status.eq(SUCCESS),
                export_tasks::ended_at.eq(Some(Moment(*at))),
                export_tasks::expires_at.eq(Some(Moment(*expires_at))),
                export_tasks::file_bytes.eq(Some(stored(*bytes))),
            ));
            count_changed!(connection, succeed, export_tasks::id)
        }
        Settlement::Failed { failure, at } => {
            let fail = leased.set((
                export_tasks::status.eq(TaskStatus::Fail.name()),
                export_tasks::ended_at.eq(Some(Moment(*at))),
                export_tasks::error_code.eq(Some(&failure.error_code)),
                export_tasks::fail_reason.eq(Some(&failure.reason)),
                export_tasks::file_key.eq(None::<String>),
            ));
            count_changed!(connection, fail, export_tasks::id)
        }
        Settlement::Again { at } => {
            let wait = leased.set((
                export_tasks::available_at.eq(Moment(*at)),
                export_tasks::fence.eq(next),
                export_tasks::file_key.eq(None::<String>),
            ));
            count_changed!(connection, wait, export_tasks::id)
        }
        Settlement::Postponed { at } => {
            let wait = leased.set((
                export_tasks::available_at.eq(Moment(*at)),
                export_tasks::attempts.eq(export_tasks::attempts - 1),
                export_tasks::fence.eq(next),
                export_tasks::file_key.eq(None::<String>),
            ));
            count_changed!(connection, wait, export_tasks::id)
        }
    }?;
    Ok(changed > 0)
}

pub(super) fn census(
    connection: &mut Connection<'_>,
    now: DateTime<Utc>,
) -> QueryResult<TaskCensus> {
    let unended = export_tasks::table.filter(export_tasks::status.eq(CREATING));
    let waits = export_tasks::available_at
        .le(Moment(now))
        .or(export_tasks::file_key.is_null());
    let oldest = unended
        .filter(waits)
        .select(diesel::dsl::min(export_tasks::created_at));
    let (unended, running) = (unended.count(), running(now).count());
    let unended: i64 = on_each!(connection, |connection| unended.get_result(connection))?;
    let running: i64 = on_each!(connection, |connection| running.get_result(connection))?;
    let oldest: Option<Moment> = on_each!(connection, |connection| oldest.get_result(connection))?;
    Ok(TaskCensus {
        waiting: (unended - running).max(0).unsigned_abs(),
        running: running.unsigned_abs(),
        oldest: oldest.map(|oldest| oldest.0),
    })
}

/// How many tasks expire at once.
const EXPIRING: i64 = 500;

pub(super) fn expire(
    connection: &mut Connection<'_>,
    now: DateTime<Utc>,
) -> QueryResult<Vec<String>> {
    connection.transaction(|connection| {
        let old = export_tasks::table
            .filter(export_tasks::status.eq(SUCCESS))
            .filter(export_tasks::expires_at.le(Moment(now)))
            .order(export_tasks::expires_at)
            .select((export_tasks::id, export_tasks::file_key))
            .limit(EXPIRING);
        let old: Vec<(String, Option<String>)> = load_for_update!(connection, old)?;
        for (id, _) in &old {
            let expire = diesel::update(export_tasks::table.find(id)).set((
                export_tasks::status.eq(TaskStatus::Expired.name()),
                export_tasks::file_key.eq(None::<String>),
                export_tasks::file_bytes.eq(None::<i64>),
                export_tasks::expires_at.eq(None::<Moment>),
            ));
            on_each!(connection, |connection| expire.execute(connection))?;
        }
        Ok(old.into_iter().filter_map(|(_, key)| key).collect())
    })
}

pub(super) fn delete(
    connection: &mut Connection<'_>,
    scope: &ProjectScope,
    ids: &[TaskId],
) -> QueryResult<Deletion> {
    let mut files = Vec::new();
    let deleted = connection.transaction(|connection| {
        for id in ids {
            let file = owned(scope, id).select((export_tasks::file_key, export_tasks::file_bytes));
            let file: Option<(Option<String>, Option<i64>)> =
                on_each!(connection, |connection| file.first(connection)).optional()?;
            let Some((key, bytes)) = file else {
                // Those before it come back.
                return Err(Undone::Unknown(id.clone()));
            };
            let delete = diesel::delete(owned(scope, id));
            on_each!(connection, |connection| delete.execute(connection))?;
            if let (Some(key), Some(bytes)) = (key, bytes) {
                let bytes = bytes.unsigned_abs();
                files.push(TaskFile { key, bytes });
            }
        }
        Ok(())
    });
    match deleted {
        Ok(()) => Ok(Deletion::Deleted { files }),
        Err(Undone::Unknown(id)) => Ok(Deletion::Unknown(id)),
        Err(Undone::Failed(error)) => Err(error),
    }
}

/// Why nothing was deleted.
enum Undone {
    Unknown(TaskId),
    Failed(DieselError),
}

impl From<DieselError> for Undone {
    fn from(error: DieselError) -> Self {
        Self::Failed(error)
    }
}
