//! What clients and the storage ask of the table of export tasks.

use std::collections::HashSet;

use deskledger_domain::{ExportTask, ProjectScope, TaskFilter, TaskId, TaskOrder};
use diesel::prelude::*;

use super::rows::{TaskRow, corrupt, export_tasks, owned};
use super::{TaskPage, TaskProgress};
use crate::connection::{Connection, on_each};

#[diesel::declare_sql_function]
extern "SQL" {
    /// Where a text stands in another one, from 1; 0 where it does not. SQLite is given it, for there it has another name.
    fn strpos(
        text: diesel::sql_types::Text,
        part: diesel::sql_types::Text,
    ) -> diesel::sql_types::Integer;
}

/// Narrows a query to the tasks that a filter means.
macro_rules! matching {
    ($query:expr, $filter:expr) => {{
        let (query, filter): (_, &TaskFilter) = ($query, $filter);
        let mut query = query
            .into_boxed()
            .filter(export_tasks::project_id.eq(filter.project_id().as_str()));
        if let Some(name) = filter.file_name() {
            query = query.filter(strpos(export_tasks::file_name, name).gt(0));
        }
        if let Some(id) = filter.id() {
            query = query.filter(export_tasks::id.eq(id));
        }
        if let Some(status) = filter.status() {
            query = query.filter(export_tasks::status.eq(status.name()));
        }
        if let Some(is_downloaded) = filter.is_downloaded() {
            query = query.filter(export_tasks::is_downloaded.eq(is_downloaded));
        }
        query
    }};
}

/// What of the list is asked for. In a transaction it is one snapshot.
pub(super) fn list(connection: &mut Connection<'_>, filter: &TaskFilter) -> QueryResult<TaskPage> {
    let total: i64 = on_each!(connection, |connection| {
        matching!(export_tasks::table.count(), filter).get_result(connection)
    })?;
    let rows: Vec<TaskRow> = on_each!(connection, |connection| {
        let query = matching!(export_tasks::table.select(TaskRow::as_select()), filter)
            .offset(filter.offset().into())
            .limit(filter.limit().into());
        match filter.order() {
            TaskOrder::NewestFirst => query
                .order((export_tasks::created_at.desc(), export_tasks::id.desc()))
                .load(connection),
            TaskOrder::OldestFirst => query
                .order((export_tasks::created_at, export_tasks::id))
                .load(connection),
        }
    })?;
    let tasks = rows.into_iter().map(|row| row.into_task().map_err(corrupt));
    Ok(TaskPage {
        total: total.unsigned_abs(),
        tasks: tasks.collect::<QueryResult<_>>()?,
    })
}

pub(super) fn find(
    connection: &mut Connection<'_>,
    scope: &ProjectScope,
    id: &TaskId,
) -> QueryResult<Option<(ExportTask, String)>> {
    let found: Option<(TaskRow, String)> = on_each!(connection, |connection| {
        let task = owned(scope, id).select((TaskRow::as_select(), export_tasks::request));
        task.first(connection).optional()
    })?;
    found
        .map(|(row, request)| Ok((row.into_task().map_err(corrupt)?, request)))
        .transpose()
}

pub(super) fn exists(connection: &mut Connection<'_>, id: &TaskId) -> QueryResult<bool> {
    let there = export_tasks::table
        .find(id.as_str())
        .select(export_tasks::id);
    let found: Option<String> =
        on_each!(connection, |connection| there.first(connection)).optional()?;
    Ok(found.is_some())
}

pub(super) fn progress(
    connection: &mut Connection<'_>,
    scope: &ProjectScope,
    id: &TaskId,
) -> QueryResult<TaskProgress> {
    let progress = owned(scope, id).select((
        export_tasks::written_rows,
        export_tasks::written_bytes,
        export_tasks::total_count,
    ));
    let found: Option<(i64, i64, Option<i64>)> =
        on_each!(connection, |connection| progress.first(connection)).optional()?;
    let found = found.map(|(rows, bytes, total)| TaskProgress {
        rows: rows.unsigned_abs(),
        bytes: bytes.unsigned_abs(),
        total: total.map(i64::unsigned_abs),
    });
    Ok(found.unwrap_or_default())
}

pub(super) fn mark_downloaded(
    connection: &mut Connection<'_>,
    scope: &ProjectScope,
    id: &TaskId,
) -> QueryResult<()> {
    let mark = diesel::update(owned(scope, id).filter(export_tasks::is_downloaded.eq(false)))
        .set(export_tasks::is_downloaded.eq(true));
    on_each!(connection, |connection| mark.execute(connection)).map(|_| ())
}

pub(super) fn in_use(
    connection: &mut Connection<'_>,
    keys: &[String],
) -> QueryResult<HashSet<String>> {
    let used = export_tasks::table
        .filter(export_tasks::file_key.eq_any(keys))
        .select(export_tasks::file_key);
    let found: Vec<Option<String>> = on_each!(connection, |connection| used.load(connection))?;
    Ok(found.into_iter().flatten().collect())
}
