//! Which audits a filter means, and what the connections do that hold them.

use deskledger_domain::{
    AuditAction, AuditFields, AuditVia, ExportAudit, ExportEnding, ExportOutcome, parse_time,
};
use deskledger_store::AuditPosition;

use crate::auditing::{all, audit, audits, end, ended, fields, filter, ids, start};
use crate::fixture::{Fixture, project};

const DAY: &str = "2026-11-23T10:00:00Z";

pub(crate) fn no_project_sees_the_audits_of_another(store: &Fixture) {
    let audits = audits(store);
    let log = audits.log(1);
    let stranger = AuditFields {
        project_id: project("p2"),
        ..fields("of-p2", DAY)
    };
    start(&*log, &ExportAudit::new(stranger).unwrap());
    start(&*log, &audit("of-p1", DAY));
    assert_eq!(ids(&all(&*audits)), ["of-p1"]);
    let page = audits.list(&filter("p2", &[])).unwrap();
    assert_eq!((ids(&page), page.total), (vec!["of-p2"], 1));
    assert_eq!(audits.list(&filter("p", &[])).unwrap().total, 0);
}

pub(crate) fn audits_are_found_by_user_action_way_and_outcome(store: &Fixture) {
    let audits = audits(store);
    let log = audits.log(1);
    let add = |name: &str, user: &str, via, action, ending: Option<ExportEnding>| {
        let audit = ExportAudit::new(AuditFields {
            user: user.into(),
            via,
            action,
            ..fields(name, DAY)
        });
        let audit = audit.unwrap();
        start(&*log, &audit);
        if let Some(ending) = ending {
            end(&*log, &audit, ending);
        }
        audit
    };
    let (read, delete) = (AuditAction::Read, AuditAction::Delete);
    let done = || Some(ended(ExportOutcome::Done));
    let interrupted = || Some(ExportEnding::interrupted(parse_time(DAY).unwrap()));
    add("a", "ann", AuditVia::Export, read, done());
    add(
        "b",
        "bob",
        AuditVia::Download,
        read,
        Some(ended(ExportOutcome::ClientLeft)),
    );
    add("c", "ann", AuditVia::Task, delete, None);
    add("d", "ann", AuditVia::List, read, interrupted());
    // It was presumed to be gone, and was not.
    let slow = add("e", "Ann", AuditVia::Task, read, interrupted());
    end(
        &*log,
        &slow,
        ended(ExportOutcome::ClientSlowWhileOthersWaited),
    );
    for (pairs, expected) in [
        (vec![("user", "ann")], vec!["d", "c", "a"]),
        (vec![("user", "Ann")], vec!["e"]),
        (vec![("user", "an")], vec![]),
        (vec![("user", "")], vec!["e", "d", "c", "b", "a"]),
        (vec![("action", "delete")], vec!["c"]),
        (vec![("via", "task")], vec!["e", "c"]),
        (vec![("via", "link")], vec![]),
        (vec![("outcome", "done")], vec!["a"]),
        (vec![("outcome", "running")], vec!["c"]),
        (vec![("outcome", "interrupted")], vec!["d"]),
        (vec![("outcome", "client_slow")], vec!["e"]),
        (vec![("outcome", "client_left"), ("user", "ann")], vec![]),
        (
            vec![("via", "list"), ("action", "read"), ("user", "ann")],
            vec!["d"],
        ),
    ] {
        let page = audits.list(&filter("p1", &pairs)).unwrap();
        assert_eq!(ids(&page), expected, "{pairs:?}");
        assert_eq!(page.total, expected.len() as u64, "{pairs:?}");
    }
    assert_eq!(all(&*audits).total, 5);
}

pub(crate) fn pages_of_audits_hold_each_once_while_others_are_added(store: &Fixture) {
    let audits = audits(store);
    let log = audits.log(1);
    // Two began at the same time, so that a page ends between them.
    let names: Vec<_> = (0..9).map(|number| format!("n{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        let at = format!("2026-11-23T10:{:02}Z", number / 2);
        start(&*log, &audit(name, &at));
    }
    start(&*log, &audit("before-the-range", "2026-11-23T09:00Z"));
    start(&*log, &audit("behind-the-range", "2026-11-23T11:00Z"));
    let range = [
        ("start_time", "2026-11-23T10:00Z"),
        ("end_time", "2026-11-23T11:00Z"),
        // Neither counts.
        ("offset", "3"),
        ("limit", "1"),
    ];
    let filter = filter("p1", &range);
    let (mut found, mut position) = (Vec::new(), None);
    loop {
        let page = audits.after(&filter, position.as_ref(), 2).unwrap();
        found.extend(page.iter().map(|audit| audit.fields().id.to_string()));
        if page.len() < 2 {
            break;
        }
        position = page.last().map(AuditPosition::of);
        // It is newer than what was read.
        let added = format!("x{}", found.len());
        start(&*log, &audit(&added, "2026-11-23T10:30Z"));
    }
    let newest_first: Vec<_> = names.into_iter().rev().collect();
    assert_eq!(found, newest_first);
    assert!(audits.after(&filter, None, 0).unwrap().is_empty());
    let others = crate::auditing::filter("p2", &[]);
    assert!(audits.after(&others, None, 10).unwrap().is_empty());
}

pub(crate) fn the_connection_of_a_log_is_counted_while_there_is_one(store: &Fixture) {
    let audits = audits(store);
    let names = || -> Vec<_> { audits.pools().iter().map(|pool| pool.name).collect() };
    assert_eq!(names(), ["audit_lists"]);
    let log = audits.log(1);
    start(&*log, &audit("a", DAY));
    assert_eq!(names(), ["audit_lists", "audits"]);
    assert_eq!(audits.pools()[1].size, 1);
    drop(log);
    assert_eq!(names(), ["audit_lists"]);
}
