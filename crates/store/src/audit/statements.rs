//! What is asked of the audits in a database.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use deskledger_domain::{AuditFilter, AuditId, AuditOutcome, ExportAudit, ExportEnding};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::result::Error as DieselError;

use super::rows::{EndRow, StartRow, export_audit_ends, export_audits};
use super::{AuditEvent, AuditPage, AuditPosition};
use crate::connection::{Connection, count_changed, on_each};
use crate::error::Cause;
use crate::moment::Moment;

/// Adds one event. One that was added before stays as it is.
fn append_one(
    connection: &mut Connection<'_>,
    event: &AuditEvent,
    instance: i64,
) -> QueryResult<()> {
    match event {
        AuditEvent::Started(audit) => {
            let add = diesel::insert_into(export_audits::table)
                .values(StartRow::new(audit, instance))
                .on_conflict_do_nothing();
            on_each!(connection, |connection| add.execute(connection))
        }
        AuditEvent::Ended(id, ending) => {
            let add = diesel::insert_into(export_audit_ends::table)
                .values(EndRow::new(id, ending))
                .on_conflict_do_nothing();
            on_each!(connection, |connection| add.execute(connection))
        }
    }
    .map(|_| ())
}

/// Adds events, all or none.
pub(crate) fn append(
    connection: &mut Connection<'_>,
    events: &[AuditEvent],
    instance: i64,
) -> QueryResult<()> {
    // One statement is a transaction by itself, which spares two round trips.
    if let [event] = events {
        return append_one(connection, event, instance);
    }
    connection.transaction(|connection| {
        events
            .iter()
            .try_for_each(|event| append_one(connection, event, instance))
    })
}

/// The exports that have no end, of all instances but one, each with its instance.
pub(crate) fn unended(
    connection: &mut Connection<'_>,
    but: i64,
) -> QueryResult<Vec<(String, i64)>> {
    let ends = export_audit_ends::table.filter(export_audit_ends::audit_id.eq(export_audits::id));
    let unended = export_audits::table
        .filter(not(exists(ends)))
        .filter(export_audits::instance.ne(but))
        .order(export_audits::instance)
        .select((export_audits::id, export_audits::instance));
    on_each!(connection, |connection| unended.load(connection))
}

/// Adds that exports were interrupted.
pub(crate) fn interrupt<'a>(
    connection: &mut Connection<'_>,
    ids: impl IntoIterator<Item = &'a str>,
    noticed_at: DateTime<Utc>,
) -> QueryResult<u64> {
    let ending = ExportEnding::interrupted(noticed_at);
    let mut interrupted = 0;
    for id in ids {
        let id =
            AuditId::new(id).map_err(|error| DieselError::DeserializationError(error.into()))?;
        let add = diesel::insert_into(export_audit_ends::table)
            .values(EndRow::new(&id, &ending))
            .on_conflict_do_nothing();
        interrupted += count_changed!(connection, add, export_audit_ends::audit_id)?;
    }
    Ok(interrupted)
}

/// What the process of an export itself says of its end.
#[diesel::dsl::auto_type(no_type_alias)]
fn known_end() -> _ {
    export_audit_ends::table
        .filter(export_audit_ends::audit_id.eq(export_audits::id))
        .filter(not(export_audit_ends::presumed))
}

/// What others say of the end of an export. What is known counts more.
#[diesel::dsl::auto_type(no_type_alias)]
fn presumed_end() -> _ {
    export_audit_ends::table
        .filter(export_audit_ends::audit_id.eq(export_audits::id))
        .filter(export_audit_ends::presumed)
}

/// Narrows a query to the audits that a filter means, and that began before an end.
macro_rules! matching {
    ($query:expr, $filter:expr, $end:expr) => {{
        let (mut query, filter): (_, &AuditFilter) = ($query, $filter);
        query = query.filter(export_audits::project_id.eq(filter.project_id().as_str()));
        if let Some(user) = filter.user() {
            query = query.filter(export_audits::user_name.eq(user));
        }
        if let Some(action) = filter.action() {
            query = query.filter(export_audits::action.eq(action.name()));
        }
        if let Some(via) = filter.via() {
            query = query.filter(export_audits::via.eq(via.name()));
        }
        let known = known_end();
        query = match filter.outcome() {
            None => query,
            Some(AuditOutcome::Running) => query
                .filter(not(exists(known)))
                .filter(not(exists(presumed_end()))),
            Some(AuditOutcome::Interrupted) => query
                .filter(exists(presumed_end()))
                .filter(not(exists(known))),
            Some(outcome) => query.filter(exists(
                known.filter(export_audit_ends::outcome.eq(outcome.name())),
            )),
        };
        if let Some(start) = filter.time().start() {
            query = query.filter(export_audits::started_at.ge(Moment(start)));
        }
        if let Some(end) = $end {
            query = query.filter(export_audits::started_at.lt(Moment(end)));
        }
        query
    }};
}

/// What of the list is asked for. In a transaction it is one snapshot.
pub(crate) fn list(
    connection: &mut Connection<'_>,
    filter: &AuditFilter,
) -> QueryResult<AuditPage> {
    let end = filter.time().end();
    let total: i64 = on_each!(connection, |connection| {
        let count = export_audits::table.count().into_boxed();
        matching!(count, filter, end).get_result(connection)
    })?;
    let starts = on_each!(connection, |connection| {
        let selected = export_audits::table.select(StartRow::as_select());
        matching!(selected.into_boxed(), filter, end)
            .order((export_audits::started_at.desc(), export_audits::id.desc()))
            .offset(filter.offset().into())
            .limit(filter.limit().into())
            .load(connection)
    })?;
    Ok(AuditPage {
        total: total.unsigned_abs(),
        audits: with_ends(connection, starts)?,
    })
}

/// The audits that come after a position in their order, or the first ones. In a transaction they are one snapshot.
pub(crate) fn after(
    connection: &mut Connection<'_>,
    filter: &AuditFilter,
    position: Option<&AuditPosition>,
    most: u32,
) -> QueryResult<Vec<ExportAudit>> {
    // A position lies before the end, and of two ends SQLite would begin the scan of the index with any.
    let end = filter.time().end().filter(|_| position.is_none());
    let starts = on_each!(connection, |connection| {
        let selected = export_audits::table.select(StartRow::as_select());
        let mut query = matching!(selected.into_boxed(), filter, end);
        if let Some(position) = position {
            let started_at = Moment(position.started_at);
            let earlier = export_audits::started_at.lt(started_at);
            query = query
                .filter(export_audits::started_at.le(started_at))
                .filter(earlier.or(export_audits::id.lt(position.id.as_str())));
        }
        query
            .order((export_audits::started_at.desc(), export_audits::id.desc()))
            .limit(most.into())
            .load(connection)
    })?;
    with_ends(connection, starts)
}

/// Audits with their endings, in the same order.
fn with_ends(
    connection: &mut Connection<'_>,
    starts: Vec<StartRow>,
) -> QueryResult<Vec<ExportAudit>> {
    let ids = starts.iter().map(|start| start.id.as_str());
    // What is known comes after what was presumed, and so replaces it.
    let ends = export_audit_ends::table
        .filter(export_audit_ends::audit_id.eq_any(ids))
        .order(export_audit_ends::presumed.desc());
    let ends: Vec<EndRow> = on_each!(connection, |connection| {
        ends.select(EndRow::as_select()).load(connection)
    })?;
    let mut endings: HashMap<String, ExportEnding> = ends
        .into_iter()
        .map(|end| Ok((end.audit_id.clone(), end.into_ending()?)))
        .collect::<Result<_, Cause>>()
        .map_err(DieselError::DeserializationError)?;
    starts
        .into_iter()
        .map(|start| {
            let ending = endings.remove(&start.id);
            let audit = start.into_audit()?;
            Ok(match ending {
                Some(ending) => audit.with_ending(ending),
                None => audit,
            })
        })
        .collect::<Result<_, Cause>>()
        .map_err(DieselError::DeserializationError)
}
