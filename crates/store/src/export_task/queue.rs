//! The queue of export tasks: what processes that run them ask of their table, and what else begins by reading and goes on
//! by writing.

/// Statements for a connection, beside those of [`export_task_statements`](super::export_task_statements). `$transaction` is the
/// method that begins a transaction which reads and then writes, and `$lock` what a statement ends with that chooses tasks, so
/// that nobody waits for one that is taken.
macro_rules! export_task_queue {
    ($connection:ty, $transaction:ident $(, $lock:ident)*) => {
        use deskledger_domain::TaskFile;

        use $crate::export_task::{
            ClaimTurn, ClaimedTask, Deletion, NewExportTask, Settlement, TaskCensus, TaskLease,
        };

        fn add(
            connection: &mut $connection,
            task: &NewExportTask,
            most_waiting: u32,
        ) -> QueryResult<bool> {
            connection.$transaction(|connection| {
                let waiting: i64 = export_tasks::table
                    .filter(export_tasks::project_id.eq(task.scope.project_id().as_str()))
                    .filter(export_tasks::status.eq(CREATING))
                    .count()
                    .get_result(connection)?;
                if waiting >= most_waiting.into() {
                    return Ok(false);
                }
                diesel::insert_into(export_tasks::table)
                    .values((
                        export_tasks::id.eq(task.id.as_str()),
                        export_tasks::project_id.eq(task.scope.project_id().as_str()),
                        export_tasks::file_name.eq(&task.file_name),
                        export_tasks::request.eq(&task.request),
                        export_tasks::status.eq(CREATING),
                        export_tasks::created_at.eq(Moment(task.created_at)),
                        export_tasks::available_at.eq(Moment(task.created_at)),
                    ))
                    .execute(connection)?;
                Ok(true)
            })
        }

        fn claim(
            connection: &mut $connection,
            now: DateTime<Utc>,
            until: DateTime<Utc>,
            turn: &ClaimTurn,
        ) -> QueryResult<Option<ClaimedTask>> {
            connection.$transaction(|connection| {
                let due = export_tasks::table
                    .filter(export_tasks::status.eq(CREATING))
                    .filter(export_tasks::available_at.le(Moment(now)))
                    .select(export_tasks::project_id)
                    .distinct()
                    .load(connection)?;
                let running: Vec<String> = export_tasks::table
                    .filter(export_tasks::status.eq(CREATING))
                    .filter(export_tasks::available_at.gt(Moment(now)))
                    .filter(export_tasks::file_key.is_not_null())
                    .select(export_tasks::project_id)
                    .load(connection)?;
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
            connection: &mut $connection,
            now: DateTime<Utc>,
            until: DateTime<Utc>,
            project: &str,
        ) -> QueryResult<Option<ClaimedTask>> {
                let next: Option<(String, String, String, Moment, i32, i64)> = export_tasks::table
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
                    .limit(1)
                    $(.$lock())*
                    .first(connection)
                    .optional()?;
                let Some((id, project_id, request, created_at, attempts, fence)) = next else {
                    return Ok(None);
                };
                let lease = TaskLease {
                    id: TaskId::new(id).map_err(corrupt)?,
                    fence: fence + 1,
                };
                diesel::update(export_tasks::table.find(lease.id.as_str()))
                    .set((
                        export_tasks::available_at.eq(Moment(until)),
                        export_tasks::fence.eq(lease.fence),
                        export_tasks::attempts.eq(attempts + 1),
                        export_tasks::file_key.eq(Some(lease.file_key())),
                    ))
                    .execute(connection)?;
                Ok(Some(ClaimedTask {
                    lease,
                    project_id: ProjectId::new(project_id).map_err(corrupt)?,
                    request,
                    created_at: created_at.0,
                    attempt: attempts.unsigned_abs() + 1,
                }))
        }

        fn give_up(
            connection: &mut $connection,
            now: DateTime<Utc>,
            most_attempts: u32,
            failure: &TaskFailure,
        ) -> QueryResult<u64> {
            let hopeless = export_tasks::table
                .filter(export_tasks::status.eq(CREATING))
                .filter(export_tasks::available_at.le(Moment(now)))
                .filter(export_tasks::attempts.ge(i32::try_from(most_attempts).unwrap_or(i32::MAX)));
            let failed = diesel::update(hopeless)
                .set((
                    export_tasks::status.eq(TaskStatus::Fail.name()),
                    export_tasks::ended_at.eq(Some(Moment(now))),
                    export_tasks::error_code.eq(Some(&failure.error_code)),
                    export_tasks::fail_reason.eq(Some(&failure.reason)),
                    export_tasks::file_key.eq(None::<String>),
                ));
            count_changed!(failed, connection, export_tasks::id)
        }

        /// The task of a lease, as long as nobody else took it.
        macro_rules! leased {
            ($lease:expr) => {
                export_tasks::table
                    .find($lease.id.as_str())
                    .filter(export_tasks::status.eq(CREATING))
                    .filter(export_tasks::fence.eq($lease.fence))
            };
        }

        fn renew(
            connection: &mut $connection,
            lease: &TaskLease,
            until: DateTime<Utc>,
        ) -> QueryResult<bool> {
            let renewed = diesel::update(leased!(lease))
                .set(export_tasks::available_at.eq(Moment(until)));
            count_changed!(renewed, connection, export_tasks::id).map(|changed| changed > 0)
        }

        fn settle(
            connection: &mut $connection,
            lease: &TaskLease,
            settlement: &Settlement,
        ) -> QueryResult<bool> {
            let leased = diesel::update(leased!(lease));
            // A task that waits is nobody's: the fence goes on, so that who gave it back cannot come again.
            let next = lease.fence + 1;
            let changed = match settlement {
                Settlement::Succeeded {
                    bytes,
                    at,
                    expires_at,
                } => count_changed!(
                    leased.set((
                        export_tasks::status.eq(SUCCESS),
                        export_tasks::ended_at.eq(Some(Moment(*at))),
                        export_tasks::expires_at.eq(Some(Moment(*expires_at))),
                        export_tasks::file_bytes.eq(Some($crate::audit_rows::stored(*bytes))),
                    )),
                    connection,
                    export_tasks::id
                ),
                Settlement::Failed { failure, at } => count_changed!(
                    leased.set((
                        export_tasks::status.eq(TaskStatus::Fail.name()),
                        export_tasks::ended_at.eq(Some(Moment(*at))),
                        export_tasks::error_code.eq(Some(&failure.error_code)),
                        export_tasks::fail_reason.eq(Some(&failure.reason)),
                        export_tasks::file_key.eq(None::<String>),
                    )),
                    connection,
                    export_tasks::id
                ),
                Settlement::Again { at } => count_changed!(
                    leased.set((
                        export_tasks::available_at.eq(Moment(*at)),
                        export_tasks::fence.eq(next),
                        export_tasks::file_key.eq(None::<String>),
                    )),
                    connection,
                    export_tasks::id
                ),
                Settlement::Postponed { at } => count_changed!(
                    leased.set((
                        export_tasks::available_at.eq(Moment(*at)),
                        export_tasks::attempts.eq(export_tasks::attempts - 1),
                        export_tasks::fence.eq(next),
                        export_tasks::file_key.eq(None::<String>),
                    )),
                    connection,
                    export_tasks::id
                ),
            }?;
            Ok(changed > 0)
        }

        fn census(connection: &mut $connection, now: DateTime<Utc>) -> QueryResult<TaskCensus> {
            let unended: i64 = export_tasks::table
                .filter(export_tasks::status.eq(CREATING))
                .count()
                .get_result(connection)?;
            let running: i64 = export_tasks::table
                .filter(export_tasks::status.eq(CREATING))
                .filter(export_tasks::available_at.gt(Moment(now)))
                .filter(export_tasks::file_key.is_not_null())
                .count()
                .get_result(connection)?;
            let waits = export_tasks::available_at
                .le(Moment(now))
                .or(export_tasks::file_key.is_null());
            let oldest: Option<Moment> = export_tasks::table
                .filter(export_tasks::status.eq(CREATING))
                .filter(waits)
                .select(diesel::dsl::min(export_tasks::created_at))
                .get_result(connection)?;
            Ok(TaskCensus {
                waiting: (unended - running).max(0).unsigned_abs(),
                running: running.unsigned_abs(),
                oldest: oldest.map(|oldest| oldest.0),
            })
        }

        /// How many tasks expire at once.
        const EXPIRING: i64 = 500;

        fn expire(connection: &mut $connection, now: DateTime<Utc>) -> QueryResult<Vec<String>> {
            connection.$transaction(|connection| {
                let old: Vec<(String, Option<String>)> = export_tasks::table
                    .filter(export_tasks::status.eq(SUCCESS))
                    .filter(export_tasks::expires_at.le(Moment(now)))
                    .order(export_tasks::expires_at)
                    .select((export_tasks::id, export_tasks::file_key))
                    .limit(EXPIRING)
                    $(.$lock())*
                    .load(connection)?;
                for (id, _) in &old {
                    diesel::update(export_tasks::table.find(id))
                        .set((
                            export_tasks::status.eq(TaskStatus::Expired.name()),
                            export_tasks::file_key.eq(None::<String>),
                            export_tasks::file_bytes.eq(None::<i64>),
                            export_tasks::expires_at.eq(None::<Moment>),
                        ))
                        .execute(connection)?;
                }
                Ok(old.into_iter().filter_map(|(_, key)| key).collect())
            })
        }

        fn delete(
            connection: &mut $connection,
            scope: &ProjectScope,
            ids: &[TaskId],
        ) -> QueryResult<Deletion> {
            let mut files = Vec::new();
            let deleted = connection.$transaction(|connection| {
                for id in ids {
                    let file: Option<(Option<String>, Option<i64>)> = owned!(scope, id)
                        .select((export_tasks::file_key, export_tasks::file_bytes))
                        .first(connection)
                        .optional()?;
                    let Some((key, bytes)) = file else {
                        // Those before it come back.
                        return Err(Undone::Unknown(id.clone()));
                    };
                    diesel::delete(owned!(scope, id)).execute(connection)?;
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
    };
}

pub(crate) use export_task_queue;
