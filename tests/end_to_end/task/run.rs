//! How tasks are run: who runs them, what the audit says, and what becomes of those that fail.

use std::collections::BTreeMap;
use std::fs;

use deskledger_domain::{
    Action, AuditQuery, ExportAudit, ExportOutcome, Policy, Principal, ProjectId,
};
use deskledger_tests::on_both_databases;

use super::*;
use crate::record::{bare, bulky, realistic};

on_both_databases! {
    each_task_is_audited_with_who_asked
    two_services_share_the_tasks
    a_task_goes_on_in_another_service
    a_task_that_is_deleted_while_it_runs_is_cancelled_in_whichever_process
    a_task_that_is_deleted_while_it_waits_was_never_begun
    a_task_of_somebody_who_may_not_export_any_more_fails
    files_that_no_task_needs_are_deleted
}

fn audits(database: &Database) -> Vec<ExportAudit> {
    let project = ProjectId::new(PROJECT).unwrap();
    let principal = Principal::new("ann", project.clone(), ["te_admin"]);
    let scope = Policy::default().authorize(&principal, Action::ListExportAudits, &project);
    let filter =
        AuditQuery::from_pairs([("limit", "1000"), ("via", "task"), ("action", "read")]).unwrap();
    let filter = filter.into_filter(scope.unwrap()).unwrap();
    let audits = deskledger_store::Database::open(&StoreSettings::new(database.url()))
        .unwrap()
        .audits();
    audits.list(&filter).unwrap().audits
}

/// Waits until so many audits have an end.
fn ended_audits(database: &Database, count: usize) -> Vec<ExportAudit> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let audits = audits(database);
        if audits
            .iter()
            .filter(|audit| audit.ending().is_some())
            .count()
            >= count
        {
            return audits;
        }
        assert!(Instant::now() < deadline, "{audits:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn each_task_is_audited_with_who_asked(database: &Database) {
    database.fill(PROJECT, realistic(100));
    let service = Service::start(database);
    let path = format!("/v3/{PROJECT}/desktops/connections/export?user_name=X&language=zh_CN");
    let headers = [
        AUTH[0],
        ("X-Request-Id", "asked-by-me"),
        ("X-Forwarded-For", "10.0.0.7"),
    ];
    let answer = service.get(&path, &headers);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let id = body["task_id"].as_str().unwrap();
    assert_eq!(ended(&service, id)["status"], "SUCCESS");
    let audits = ended_audits(database, 1);
    let (fields, ending) = (audits[0].fields(), audits[0].ending().unwrap());
    assert_eq!(fields.user, deskledger_tests::token(TOKEN, "", &[]).user);
    assert_eq!(fields.request_id, "asked-by-me");
    assert_eq!(fields.forwarded_for.as_deref(), Some("10.0.0.7"));
    assert!(fields.peer_address.is_some());
    let asked = |parameter| fields.query.value(parameter);
    assert_eq!(asked(deskledger_domain::Parameter::UserName), Some("X"));
    assert_eq!(asked(deskledger_domain::Parameter::Language), Some("zh_CN"));
    assert_eq!(*ending.outcome(), ExportOutcome::Done);
    let size = download(&service, id, &[]).body.len();
    assert_eq!(ending.progress().unwrap().bytes, size as u64);
    assert_eq!(ending.progress().unwrap().rows, 0);
    // A request that is refused is audited at once.
    start(&service, "language=xx_XX");
    let audits = ended_audits(database, 2);
    let refused = audits
        .iter()
        .filter_map(|audit| audit.ending()?.outcome().error_code());
    assert_eq!(refused.collect::<Vec<_>>(), ["WKS.00008400"]);
}

fn two_services_share_the_tasks(database: &Database) {
    const TASKS: usize = 16;
    database.fill(PROJECT, realistic(200));
    let services = [(); 2].map(|()| {
        Service::start_with(database, |settings| {
            settings.tasks.at_once = 2;
            settings.tasks.poll_seconds = 1;
        })
    });
    let ids: Vec<_> = (0..TASKS)
        .map(|number| started(&services[number % 2], ""))
        .collect();
    for id in &ids {
        let task = ended(&services[0], id);
        assert_eq!(task["status"], "SUCCESS", "{task}");
        assert_eq!(download(&services[1], id, &[]).status, 200);
    }
    // Each was run once, and left one file.
    let mut runs = BTreeMap::new();
    for audit in ended_audits(database, TASKS) {
        assert_eq!(*audit.ending().unwrap().outcome(), ExportOutcome::Done);
        *runs.entry(audit.fields().request_id.clone()).or_insert(0) += 1;
    }
    assert_eq!(runs.len(), TASKS);
    assert!(runs.values().all(|runs| *runs == 1), "{runs:?}");
    assert_eq!(files(database).len(), TASKS);
}

fn a_task_goes_on_in_another_service(database: &Database) {
    database.fill(PROJECT, bulky(6_000));
    let first = Service::start(database);
    let id = started(&first, "");
    let deadline = Instant::now() + Duration::from_secs(30);
    while audits(database).is_empty() {
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(5));
    }
    // It is given back at once, and no attempt is lost by it.
    drop(first);
    let attempts_left_open = files(database);
    assert!(attempts_left_open.len() <= 1, "{attempts_left_open:?}");
    let second = Service::start_with(database, |settings| settings.tasks.attempts = 1);
    let task = ended(&second, &id);
    assert_eq!(task["status"], "SUCCESS", "{task}");
    assert_eq!(download(&second, &id, &[]).body.len() as u64, {
        let audits = audits(database);
        let done = audits.iter().find_map(|audit| {
            let ending = audit.ending()?;
            (*ending.outcome() == ExportOutcome::Done).then(|| ending.progress().unwrap().bytes)
        });
        done.unwrap()
    });
    assert_eq!(files(database).len(), 1);
    // What its process did not bring to its end was no failure.
    for audit in audits(database) {
        let outcome = audit.ending().unwrap().outcome();
        assert!(
            matches!(outcome, ExportOutcome::Done | ExportOutcome::Interrupted),
            "{outcome:?}"
        );
    }
}

fn a_task_that_is_deleted_while_it_runs_is_cancelled_in_whichever_process(database: &Database) {
    database.fill(PROJECT, bulky(6_000));
    let service = Service::start_with(database, |settings| settings.tasks.lease_seconds = 1);
    let other = Service::start_with(database, |settings| settings.tasks.at_once = 0);
    for (ended, asked) in [(1, &service), (2, &other)] {
        let id = started(&service, "");
        let deadline = Instant::now() + Duration::from_secs(30);
        while audits(database).len() < ended {
            assert!(Instant::now() < deadline);
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(delete(asked, PROJECT, TOKEN, &[&id]).status, 204);
        // Whether it was broken off or came to its end before: nothing stays.
        for audit in ended_audits(database, ended) {
            assert_eq!(*audit.ending().unwrap().outcome(), ExportOutcome::Cancelled);
        }
        while !files(database).is_empty() {
            assert!(Instant::now() < deadline, "{:?}", files(database));
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(listed(asked, "")["count"], 0);
    }
}

fn a_task_that_is_deleted_while_it_waits_was_never_begun(database: &Database) {
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let asked = Service::start_with(database, |settings| settings.tasks.at_once = 0);
    let id = started(&asked, "");
    assert_eq!(delete(&asked, PROJECT, TOKEN, &[&id]).status, 204);
    let service = Service::start(database);
    let last = started(&service, "");
    assert_eq!(ended(&service, &last)["status"], "SUCCESS");
    let audits = ended_audits(database, 1);
    let about = |id: &str| {
        let about = audits.iter();
        about
            .filter(|audit| audit.fields().task_ids[0].as_str() == id)
            .count()
    };
    assert_eq!((about(&id), about(&last)), (0, 1));
}

fn a_task_of_somebody_who_may_not_export_any_more_fails(database: &Database) {
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let asked = Service::start_with(database, |settings| settings.tasks.at_once = 0);
    let id = started(&asked, "");
    drop(asked);
    let service = Service::start_with(database, |settings| {
        let list = vec!["workspace:tenants:listExportTasks".to_owned()];
        settings.access.roles.insert("te_admin".to_owned(), list);
    });
    let task = ended(&service, &id);
    assert_eq!(
        (&task["status"], &task["error_code"]),
        (&"FAIL".into(), &"WKS.00000403".into())
    );
    assert!(
        task["fail_reason"]
            .as_str()
            .unwrap()
            .contains("may not export"),
        "{task}"
    );
    let audits = ended_audits(database, 1);
    let outcome = audits[0].ending().unwrap().outcome();
    assert_eq!(outcome.error_code(), Some("WKS.00000403"));
}

fn files_that_no_task_needs_are_deleted(database: &Database) {
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start(database);
    let id = started(&service, "");
    ended(&service, &id);
    drop(service);
    let kept = files(database);
    let unknown = "0123456789abcdef0123456789abcdef-1";
    let older = format!("{id}-0");
    for name in [unknown, &older, &format!("{unknown}#1"), "notes.txt"] {
        fs::write(database.exports().join(name), "x").unwrap();
    }
    let service = Service::start(database);
    let mut expected = [kept, vec!["notes.txt".to_owned()]].concat();
    expected.sort_unstable();
    let deadline = Instant::now() + Duration::from_secs(30);
    while files(database) != expected {
        assert!(Instant::now() < deadline, "{:?}", files(database));
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(download(&service, &id, &[]).status, 200);
}

#[test]
fn a_task_that_cannot_succeed_fails_with_a_reason_and_no_internals() {
    let database = Database::sqlite();
    database.fill(
        PROJECT,
        [
            bare("1", "2020-04-13T02:00Z"),
            bare("2", "2020-04-13T02:00Z"),
        ],
    );
    let service = Service::start_with(&database, |settings| settings.limits.max_records = 1);
    let task = ended(&service, &started(&service, ""));
    assert_eq!(
        (&task["status"], &task["error_code"]),
        (&"FAIL".into(), &"WKS.00011400".into())
    );
    assert!(
        task["fail_reason"]
            .as_str()
            .unwrap()
            .contains("2 records match"),
        "{task}"
    );
    drop(service);

    database.corrupt();
    let service = Service::start(&database);
    let task = ended(&service, &started(&service, ""));
    assert_eq!(
        (&task["status"], &task["error_code"]),
        (&"FAIL".into(), &"WKS.00000500".into())
    );
    let reason = task["fail_reason"].as_str().unwrap();
    assert!(reason.contains("identifier of the task"), "{reason}");
    assert_eq!(task["end_time"], "2020-05-01T08:00:00Z");
    assert!(files(&database).is_empty());
}

#[test]
fn a_task_whose_storage_is_unavailable_is_begun_so_often_and_fails() {
    let database = Database::sqlite();
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start_with(&database, |settings| settings.tasks.attempts = 1);
    fs::remove_dir_all(database.exports()).unwrap();
    // A file of the same name prevents that the folder is made again.
    fs::write(database.exports(), "").unwrap();
    let task = ended(&service, &started(&service, ""));
    assert_eq!(
        (&task["status"], &task["error_code"]),
        (&"FAIL".into(), &"WKS.00000503".into())
    );
    let reason = task["fail_reason"].as_str().unwrap();
    assert!(
        reason.contains("storage") && !reason.contains('/'),
        "{reason}"
    );
}
