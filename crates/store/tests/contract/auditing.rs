use std::sync::Arc;

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use deskledger_domain::{
    Action, AuditAction, AuditFields, AuditFilter, AuditId, AuditQuery, AuditVia, AuditedQuery,
    CredentialKind, ExportAudit, ExportEnding, ExportFormat, ExportOutcome, ExportProgress, Policy,
    Principal, TaskId, parse_time,
};
use deskledger_store::{
    AuditEvent, AuditLog, AuditPage, AuditStore, Cancellation, Database, DatabaseKind,
    StoreErrorKind,
};
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;

use crate::fixture::{Fixture, events, everything, many, project, settings};

const DAY: &str = "2026-11-23T10:00:00Z";

pub(crate) fn audits(store: &Fixture) -> Arc<dyn AuditStore> {
    Database::open(&settings(store.database.url()))
        .unwrap()
        .audits()
}

pub(crate) fn filter(project_id: &str, pairs: &[(&str, &str)]) -> AuditFilter {
    let principal = Principal::new("ann", project(project_id), ["te_admin"]);
    let action = Action::ListExportAudits;
    let scope = Policy::default().authorize(&principal, action, &project(project_id));
    AuditQuery::from_pairs(pairs.iter().copied())
        .unwrap()
        .into_filter(scope.unwrap())
        .unwrap()
}

pub(crate) fn all(audits: &dyn AuditStore) -> AuditPage {
    audits.list(&filter("p1", &[("limit", "1000")])).unwrap()
}

fn id(text: &str) -> AuditId {
    AuditId::new(text).unwrap()
}

pub(crate) fn fields(name: &str, started_at: &str) -> AuditFields {
    AuditFields {
        id: id(name),
        via: AuditVia::Export,
        action: AuditAction::Read,
        task_ids: Vec::new(),
        project_id: project("p1"),
        requested_project_id: Some(project("p1")),
        user: "ann".into(),
        credential: CredentialKind::Token,
        peer_address: None,
        forwarded_for: None,
        request_id: "r1".into(),
        query: AuditedQuery::of_pairs::<&str, &str>([], ExportFormat::default()),
        started_at: parse_time(started_at).unwrap(),
    }
}

pub(crate) fn audit(name: &str, started_at: &str) -> ExportAudit {
    ExportAudit::new(fields(name, started_at)).unwrap()
}

pub(crate) fn ended(outcome: ExportOutcome) -> ExportEnding {
    let progress = ExportProgress {
        rows: 17,
        bytes: 5_000_000_000,
        duration: Duration::from_millis(1234),
    };
    let ended_at = parse_time("2026-11-23T10:00:01.234567Z").unwrap();
    ExportEnding::new(ended_at, outcome, progress)
}

pub(crate) fn start(log: &dyn AuditLog, audit: &ExportAudit) {
    log.append(&[AuditEvent::Started(Box::new(audit.clone()))])
        .unwrap();
}

pub(crate) fn end(log: &dyn AuditLog, audit: &ExportAudit, ending: ExportEnding) {
    let id = audit.fields().id.clone();
    log.append(&[AuditEvent::Ended(id, ending)]).unwrap();
}

pub(crate) fn ids(page: &AuditPage) -> Vec<&str> {
    page.audits
        .iter()
        .map(|audit| audit.fields().id.as_str())
        .collect()
}

fn outcomes(page: &AuditPage) -> Vec<Option<&'static str>> {
    page.audits
        .iter()
        .map(|audit| audit.ending().map(|ending| ending.outcome().name()))
        .collect()
}

pub(crate) fn what_is_added_comes_back_equal(store: &Fixture) {
    let audits = audits(store);
    let log = audits.log(1);
    let text = "张三 '; DROP TABLE export_audits; -- \" \\ %s \t\r\n\u{1}😀";
    let address: SocketAddr = "[2001:db8::7]:51234".parse().unwrap();
    let refused = ExportOutcome::Refused {
        error_code: "WKS.00000403".into(),
        reason: text.into(),
    };
    let failed = ExportOutcome::Failed {
        reason: text.into(),
    };
    let endings = [
        None,
        Some(ended(ExportOutcome::Done).with_requests(4_000_000_000)),
        Some(ended(refused)),
        Some(ended(ExportOutcome::ClientLeft)),
        Some(ended(ExportOutcome::ClientSlow)),
        Some(ended(ExportOutcome::ClientSlowWhileOthersWaited)),
        Some(ended(failed)),
        Some(ExportEnding::interrupted(parse_time(DAY).unwrap())),
    ];
    let mut expected = Vec::new();
    for (number, ending) in endings.into_iter().enumerate() {
        let names = ["start_time", "end_time", "user_name", "computer_name"];
        let others = [
            "terminal_type",
            "language",
            "time_zone",
            "format",
            "summary",
        ];
        let audit = ExportAudit::new(AuditFields {
            requested_project_id: (number % 2 == 0).then(|| project(text)),
            user: text.into(),
            via: AuditVia::ALL[number % 5],
            action: AuditAction::ALL[number % 2],
            task_ids: ["a", "b-1"].map(|id| TaskId::new(id).unwrap())[..number % 3].to_vec(),
            credential: CredentialKind::AccessKey,
            peer_address: Some(address),
            forwarded_for: Some(text.into()),
            request_id: text.into(),
            query: AuditedQuery::of_pairs(
                names.into_iter().chain(others).map(|name| (name, text)),
                ExportFormat::default(),
            ),
            ..fields(&format!("a{number}"), DAY)
        })
        .unwrap();
        start(&*log, &audit);
        if let Some(ending) = &ending {
            end(&*log, &audit, ending.clone());
        }
        expected.push(match ending {
            Some(ending) => audit.with_ending(ending),
            None => audit,
        });
    }
    let plain = audit("b", DAY);
    start(&*log, &plain);
    expected.push(plain);
    expected.reverse();
    let page = all(&*audits);
    assert_eq!(page.total, expected.len() as u64);
    assert_eq!(page.audits, expected);
}

pub(crate) fn a_list_is_newest_first_and_cut_where_it_is_asked_to_be(store: &Fixture) {
    let audits = audits(store);
    let log = audits.log(1);
    for (name, at) in [
        ("a", "2026-11-23T10:00Z"),
        ("c", "2026-11-23T09:00Z"),
        ("b", "2026-11-23T09:00Z"),
        ("d", "2026-11-23T11:00:00.000001Z"),
    ] {
        start(&*log, &audit(name, at));
    }
    for (pairs, expected) in [
        (vec![], vec!["d", "a", "c", "b"]),
        (vec![("limit", "2")], vec!["d", "a"]),
        (vec![("offset", "1"), ("limit", "2")], vec!["a", "c"]),
        (vec![("offset", "4")], vec![]),
        (vec![("limit", "0")], vec![]),
    ] {
        let page = audits.list(&filter("p1", &pairs)).unwrap();
        assert_eq!(ids(&page), expected, "{pairs:?}");
        assert_eq!(page.total, 4, "{pairs:?}");
    }
}

pub(crate) fn a_list_holds_the_start_of_its_range_and_not_its_end(store: &Fixture) {
    let audits = audits(store);
    let log = audits.log(1);
    for hour in 8..12 {
        let at = format!("2026-11-23T{hour:02}:00Z");
        start(&*log, &audit(&format!("at-{hour}"), &at));
    }
    let range = [
        ("start_time", "2026-11-23T09:00Z"),
        ("end_time", "2026-11-23T11:00Z"),
    ];
    let page = audits.list(&filter("p1", &range)).unwrap();
    assert_eq!((ids(&page), page.total), (vec!["at-10", "at-9"], 2));
    let page = audits.list(&filter("p1", &range[..1])).unwrap();
    assert_eq!(page.total, 3);
}

pub(crate) fn events_are_added_all_or_none(store: &Fixture) {
    let audits = audits(store);
    let log = audits.log(1);
    let events = [
        AuditEvent::Started(Box::new(audit("a", DAY))),
        AuditEvent::Ended(id("never-began"), ended(ExportOutcome::Done)),
    ];
    let error = log.append(&events).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other);
    assert_eq!(all(&*audits).total, 0);
    log.append(&events[..1]).unwrap();
    assert_eq!(all(&*audits).total, 1);
}

pub(crate) fn the_first_of_what_is_added_stays(store: &Fixture) {
    let audits = audits(store);
    let log = audits.log(1);
    let first = audit("a", DAY);
    start(&*log, &first);
    let other = AuditFields {
        user: "bob".into(),
        ..fields("a", DAY)
    };
    start(&*log, &ExportAudit::new(other).unwrap());
    let known = ended(ExportOutcome::Done);
    end(&*log, &first, known.clone());
    end(&*log, &first, ended(ExportOutcome::ClientLeft));
    assert_eq!(all(&*audits).audits, [first.with_ending(known)]);
}

/// Whatever somebody tries past the service. On PostgreSQL even the owner of the tables is refused.
pub(crate) fn nothing_that_was_added_can_be_changed(store: &Fixture) {
    let audits = audits(store);
    let log = audits.log(1);
    let audit = audit("a", DAY);
    start(&*log, &audit);
    end(&*log, &audit, ended(ExportOutcome::ClientLeft));
    let before = all(&*audits);
    let attempt = |sql: &str| match store.kind() {
        DatabaseKind::Postgres => store.database.postgres_connection().batch_execute(sql),
        _ => store.database.sqlite_connection().batch_execute(sql),
    };
    let mut attempts = vec![
        "DELETE FROM export_audits",
        "DELETE FROM export_audit_ends",
        "UPDATE export_audits SET user_name = 'bob'",
        "UPDATE export_audit_ends SET outcome = 'done'",
        "UPDATE export_audits SET id = id",
    ];
    if store.kind() == DatabaseKind::Postgres {
        attempts.push("TRUNCATE export_audit_ends");
        attempts.push("TRUNCATE export_audits CASCADE");
    }
    for sql in attempts {
        let error = attempt(sql).unwrap_err().to_string();
        assert!(error.contains("never changed or deleted"), "{sql}: {error}");
    }
    if store.kind() != DatabaseKind::Postgres {
        attempt(
            "INSERT OR REPLACE INTO export_audit_ends (audit_id, presumed, outcome, ended_at)
             VALUES ('a', 0, 'done', 0);
             INSERT OR REPLACE INTO export_audits
             (id, project_id, user_name, credential, request_id, language, time_zone, instance, started_at)
             VALUES ('a', 'p1', 'bob', 'token', '', '', '', 1, 0)",
        )
        .unwrap();
    }
    assert_eq!(all(&*audits), before);
}

pub(crate) fn what_a_process_that_is_gone_left_open_was_interrupted(store: &Fixture) {
    let audits = audits(store);
    let gone = audits.log(1);
    for name in ["left-open", "ended"] {
        start(&*gone, &audit(name, DAY));
    }
    end(&*gone, &audit("ended", DAY), ended(ExportOutcome::Done));
    drop(gone);
    let next = audits.log(2);
    start(&*next, &audit("of-the-next", DAY));
    let noticed_at = parse_time("2026-11-23T12:00:00Z").unwrap();
    wait_until(|| next.interrupt_abandoned(noticed_at).unwrap() == 1);
    assert_eq!(next.interrupt_abandoned(noticed_at).unwrap(), 0);
    let page = all(&*audits);
    assert_eq!(ids(&page), ["of-the-next", "left-open", "ended"]);
    assert_eq!(outcomes(&page), [None, Some("interrupted"), Some("done")]);
    assert_eq!(page.audits[1].ending().unwrap().ended_at(), noticed_at);
}

pub(crate) fn what_a_process_knows_counts_more_than_what_another_presumed(store: &Fixture) {
    let audits = audits(store);
    let slow = audits.log(1);
    let audit = audit("a", DAY);
    start(&*slow, &audit);
    if store.kind() == DatabaseKind::Postgres {
        close_all(store);
    }
    let noticed_at = parse_time(DAY).unwrap();
    assert_eq!(audits.log(2).interrupt_abandoned(noticed_at).unwrap(), 1);
    assert_eq!(outcomes(&all(&*audits)), [Some("interrupted")]);
    end(&*slow, &audit, ended(ExportOutcome::Done));
    assert_eq!(outcomes(&all(&*audits)), [Some("done")]);
    assert_eq!(audits.log(2).interrupt_abandoned(noticed_at).unwrap(), 0);
    assert_eq!(outcomes(&all(&*audits)), [Some("done")]);
}

pub(crate) fn audits_are_written_also_when_all_exports_are_busy(store: &Fixture) {
    store.write(&events(&many(10))).unwrap();
    let audits = audits(store);
    let log = audits.log(1);
    let mut number = 0;
    let outcome = store.read(&everything("p1"), &Cancellation::new(), &mut |_| {
        start(&*log, &audit(&format!("a{number}"), DAY));
        number += 1;
        ControlFlow::Continue(())
    });
    assert!(outcome.is_ok());
    assert_eq!(all(&*audits).total, 10);
}

pub(crate) fn a_process_that_lives_is_left_alone(store: &Fixture) {
    let audits = audits(store);
    let living = audits.log(1);
    start(&*living, &audit("a", DAY));
    let other = audits.log(2);
    let now = parse_time(DAY).unwrap();
    assert_eq!(other.interrupt_abandoned(now).unwrap(), 0);
    // A connection that was lost and made anew says again that its process lives.
    close_all(store);
    living.keep_alive().unwrap();
    assert_eq!(other.interrupt_abandoned(now).unwrap(), 0);
    assert_eq!(outcomes(&all(&*audits)), [None]);
    drop(living);
    wait_until(|| other.interrupt_abandoned(now).unwrap() == 1);
}

pub(crate) fn a_log_outlives_its_connection(store: &Fixture) {
    let audits = audits(store);
    let log = audits.log(1);
    for name in ["a", "b"] {
        start(&*log, &audit(name, DAY));
        close_all(store);
    }
    assert_eq!(all(&*audits).total, 2);
}

pub(crate) fn an_audit_that_cannot_be_written_is_refused_in_time(store: &Fixture) {
    let mut settings = settings(store.database.url());
    settings.connection_timeout = Duration::from_millis(300);
    let audits = Database::open(&settings).unwrap().audits();
    let log = audits.log(1);
    log.keep_alive().unwrap();
    let mut locker = store.database.postgres_connection();
    locker
        .transaction(|locker| {
            locker.batch_execute("LOCK TABLE export_audits IN ACCESS EXCLUSIVE MODE")?;
            let begin = Instant::now();
            let event = AuditEvent::Started(Box::new(audit("a", DAY)));
            let error = log.append(&[event]).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::TimedOut);
            assert!(begin.elapsed() < Duration::from_secs(5));
            diesel::QueryResult::Ok(())
        })
        .unwrap();
    start(&*log, &audit("a", DAY));
    assert_eq!(all(&*audits).total, 1);
}

/// Closes every connection of the store, and waits until the server knows that they are closed.
fn close_all(store: &Fixture) {
    store.database.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
}

fn wait_until(mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "it never happened");
        std::thread::sleep(Duration::from_millis(10));
    }
}
