//! What is done with export links.

use chrono::{DateTime, Utc};
use deskledger_domain::{ExportLink, LinkFilter, LinkId, ProjectScope, TaskId};
use diesel::prelude::*;

use super::rows::{
    BROKEN, CANCELLED, DONE, ENDING, LinkRow, RUNNING, WAITING, export_links, owned,
};
use super::{Added, LinkEnd, LinkPage, LinkReport, MostLinks, NewExportLink, WaitingLink};
use crate::audit::stored;
use crate::connection::{Connection, count_changed, load_for_update, on_each};
use crate::export_task::corrupt;
use crate::moment::Moment;

/// How many links are swept at once.
const SWEPT: i64 = 2_000;

/// The links of a project that wait or run.
#[diesel::dsl::auto_type(no_type_alias)]
fn open<'a>(project: &'a str, now: DateTime<Utc>) -> _ {
    let now: Moment = Moment(now);
    let waiting: &'static str = WAITING;
    let waits = export_links::state
        .eq(waiting)
        .and(export_links::begins_before.gt(now));
    let runs = export_links::leased_until.assume_not_null().gt(now);
    export_links::table
        .filter(export_links::project_id.eq(project))
        .filter(waits.or(export_links::leased_until.is_not_null().and(runs)))
}

pub(super) fn add(
    connection: &mut Connection<'_>,
    link: &NewExportLink,
    most: MostLinks,
) -> QueryResult<Added> {
    let project = link.scope.project_id().as_str();
    let now = link.created_at;
    connection.transaction(|connection| {
        let of_project = open(project, now).count();
        let of_user = open(project, now)
            .filter(export_links::user_name.eq(&link.user))
            .count();
        let of_project: i64 = on_each!(connection, |connection| of_project.get_result(connection))?;
        if of_project >= most.of_project.into() {
            return Ok(Added::ProjectIsFull);
        }
        let of_user: i64 = on_each!(connection, |connection| of_user.get_result(connection))?;
        if of_user >= most.of_user.into() {
            return Ok(Added::UserIsFull);
        }
        let add = diesel::insert_into(export_links::table).values((
            export_links::id.eq(link.id.as_str()),
            export_links::project_id.eq(project),
            export_links::user_name.eq(&link.user),
            export_links::session.eq(link.session.as_deref()),
            export_links::secret_hash.eq(&link.secret_hash),
            export_links::request.eq(&link.request),
            export_links::task_id.eq(link.task_id.as_ref().map(TaskId::as_str)),
            export_links::total_count.eq(link.total_count.map(stored)),
            export_links::total_bytes.eq(link.total_bytes.map(stored)),
            export_links::state.eq(WAITING),
            export_links::created_at.eq(Moment(now)),
            export_links::begins_before.eq(Moment(now + link.waits)),
        ));
        on_each!(connection, |connection| add.execute(connection))?;
        Ok(Added::Yes)
    })
}

pub(super) fn waiting(
    connection: &mut Connection<'_>,
    secret_hash: &[u8],
    now: DateTime<Utc>,
) -> QueryResult<Option<WaitingLink>> {
    let waiting = export_links::table
        .filter(export_links::secret_hash.eq(secret_hash))
        .filter(export_links::state.eq(WAITING))
        .filter(export_links::begins_before.gt(Moment(now)));
    let found: Option<(LinkRow, Option<String>, String)> = on_each!(connection, |connection| {
        let waiting = waiting.select((
            LinkRow::as_select(),
            export_links::session,
            export_links::request,
        ));
        waiting.first(connection).optional()
    })?;
    found
        .map(|(row, session, request)| {
            Ok(WaitingLink {
                link: row.into_link(now).map_err(corrupt)?,
                session,
                request,
            })
        })
        .transpose()
}

pub(super) fn begin(
    connection: &mut Connection<'_>,
    id: &LinkId,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> QueryResult<bool> {
    let waiting = export_links::table
        .find(id.as_str())
        .filter(export_links::state.eq(WAITING))
        .filter(export_links::begins_before.gt(Moment(now)));
    let begin = diesel::update(waiting).set((
        export_links::state.eq(RUNNING),
        export_links::leased_until.eq(Some(Moment(until))),
    ));
    count_changed!(connection, begin, export_links::id).map(|changed| changed > 0)
}

pub(super) fn report(
    connection: &mut Connection<'_>,
    id: &LinkId,
    report: &LinkReport,
) -> QueryResult<bool> {
    // Once it ends it goes on ending.
    let may_be: &[&str] = if report.ends {
        &[RUNNING]
    } else {
        &[RUNNING, ENDING]
    };
    let running = export_links::table
        .find(id.as_str())
        .filter(export_links::state.eq_any(may_be))
        .filter(export_links::leased_until.gt(Some(Moment(report.now))));
    let progress = (
        export_links::leased_until.eq(Some(Moment(report.until))),
        export_links::written_rows.eq(stored(report.rows)),
        export_links::written_bytes.eq(stored(report.bytes)),
    );
    let changed = if report.ends {
        let write = diesel::update(running).set((progress, export_links::state.eq(ENDING)));
        count_changed!(connection, write, export_links::id)
    } else {
        let write = diesel::update(running).set(progress);
        count_changed!(connection, write, export_links::id)
    }?;
    Ok(changed > 0)
}

pub(super) fn end(
    connection: &mut Connection<'_>,
    id: &LinkId,
    end: &LinkEnd,
) -> QueryResult<bool> {
    let running = export_links::table
        .find(id.as_str())
        .filter(export_links::state.eq_any([RUNNING, ENDING]));
    let state = if end.whole { DONE } else { BROKEN };
    let write = diesel::update(running).set((
        export_links::state.eq(state),
        export_links::leased_until.eq(None::<Moment>),
        export_links::ended_at.eq(Some(Moment(end.at))),
        export_links::written_rows.eq(stored(end.rows)),
        export_links::written_bytes.eq(stored(end.bytes)),
        export_links::error_code.eq(end.error_code.as_deref()),
    ));
    count_changed!(connection, write, export_links::id).map(|changed| changed > 0)
}

pub(super) fn find(
    connection: &mut Connection<'_>,
    scope: &ProjectScope,
    id: &LinkId,
    now: DateTime<Utc>,
) -> QueryResult<Option<ExportLink>> {
    let found: Option<LinkRow> = on_each!(connection, |connection| {
        let link = owned(scope, id).select(LinkRow::as_select());
        link.first(connection).optional()
    })?;
    found
        .map(|row| row.into_link(now).map_err(corrupt))
        .transpose()
}

/// Narrows a query to the links that a filter means.
macro_rules! matching {
    ($query:expr, $filter:expr) => {{
        let (query, filter): (_, &LinkFilter) = ($query, $filter);
        let mut query = query
            .into_boxed()
            .filter(export_links::project_id.eq(filter.project_id().as_str()));
        if let Some(user) = filter.user() {
            query = query.filter(export_links::user_name.eq(user));
        }
        query
    }};
}

/// What of the list is asked for. In a transaction it is one snapshot.
pub(super) fn list(
    connection: &mut Connection<'_>,
    filter: &LinkFilter,
    now: DateTime<Utc>,
) -> QueryResult<LinkPage> {
    let total: i64 = on_each!(connection, |connection| {
        matching!(export_links::table.count(), filter).get_result(connection)
    })?;
    let rows: Vec<LinkRow> = on_each!(connection, |connection| {
        matching!(export_links::table.select(LinkRow::as_select()), filter)
            .order((export_links::created_at.desc(), export_links::id.desc()))
            .offset(filter.offset().into())
            .limit(filter.limit().into())
            .load(connection)
    })?;
    let links = rows
        .into_iter()
        .map(|row| row.into_link(now).map_err(corrupt));
    Ok(LinkPage {
        total: total.unsigned_abs(),
        links: links.collect::<QueryResult<_>>()?,
    })
}

pub(super) fn cancel(
    connection: &mut Connection<'_>,
    scope: &ProjectScope,
    id: &LinkId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let waits = export_links::state
        .eq(WAITING)
        .and(export_links::begins_before.gt(Moment(now)));
    let runs = export_links::state
        .eq(RUNNING)
        .and(export_links::leased_until.assume_not_null().gt(Moment(now)));
    let cancel = diesel::update(owned(scope, id).filter(waits.or(runs))).set((
        export_links::state.eq(CANCELLED),
        export_links::leased_until.eq(None::<Moment>),
        export_links::ended_at.eq(Some(Moment(now))),
    ));
    on_each!(connection, |connection| cancel.execute(connection)).map(|_| ())
}

pub(super) fn sweep(
    connection: &mut Connection<'_>,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<u64> {
    connection.transaction(|connection| {
        let runs = export_links::leased_until.assume_not_null().gt(Moment(now));
        let old = export_links::table
            .filter(export_links::created_at.lt(Moment(before)))
            .filter(export_links::begins_before.le(Moment(now)))
            .filter(
                export_links::leased_until
                    .is_null()
                    .or(diesel::dsl::not(runs)),
            )
            .order(export_links::created_at)
            .select(export_links::id)
            .limit(SWEPT);
        let old: Vec<String> = load_for_update!(connection, old)?;
        let delete = diesel::delete(export_links::table.filter(export_links::id.eq_any(&old)));
        on_each!(connection, |connection| delete.execute(connection))?;
        Ok(old.len() as u64)
    })
}
