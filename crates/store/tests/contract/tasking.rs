use std::sync::Arc;

use std::time::Duration;

use chrono::{DateTime, Utc};
use deskledger_domain::{
    Action, ExportTask, Policy, Principal, ProjectScope, TaskFailure, TaskFile, TaskFilter, TaskId,
    TaskQuery, TaskState, TaskStatus, parse_time,
};
use deskledger_store::{
    ClaimedTask, Database, Deletion, ExportTaskStore, NewExportTask, Settlement, StoreErrorKind,
    StoreSettings, TaskProgress,
};

use crate::fixture::{Fixture, project};

pub(crate) fn tasks(store: &Fixture) -> Arc<dyn ExportTaskStore> {
    let mut settings = StoreSettings::new(store.database.url());
    settings.connection_timeout = Duration::from_secs(20);
    Database::open(&settings).unwrap().export_tasks()
}

pub(crate) fn scope(id: &str) -> ProjectScope {
    let principal = Principal::new("ann", project(id), ["te_admin"]);
    let scope = Policy::default().authorize(&principal, Action::ExportAsTask, &project(id));
    scope.unwrap()
}

pub(crate) fn id(text: &str) -> TaskId {
    TaskId::new(text).unwrap()
}

/// The time so many seconds after the tests began.
pub(crate) fn at(seconds: u32) -> DateTime<Utc> {
    parse_time("2026-11-23T00:00:00.000001Z").unwrap() + Duration::from_secs(seconds.into())
}

pub(crate) fn new(task: &str, of: &str, created: u32) -> NewExportTask {
    NewExportTask {
        id: id(task),
        scope: scope(of),
        file_name: format!("连接记录 {task}_%.xlsx"),
        request: format!("what '{task}' asks for"),
        created_at: at(created),
    }
}

pub(crate) fn add(tasks: &dyn ExportTaskStore, task: &str, created: u32) {
    assert!(tasks.add(&new(task, "p1", created), 100).unwrap());
}

fn filter(pairs: &[(&str, &str)]) -> TaskFilter {
    let query = TaskQuery::from_pairs(pairs.iter().copied()).unwrap();
    query.into_filter(scope("p1")).unwrap()
}

pub(crate) fn listed(tasks: &dyn ExportTaskStore, pairs: &[(&str, &str)]) -> (u64, Vec<String>) {
    let page = tasks.list(&filter(pairs)).unwrap();
    let ids = page.tasks.iter().map(|task| task.id.to_string()).collect();
    (page.total, ids)
}

pub(crate) fn found(tasks: &dyn ExportTaskStore, task: &str) -> ExportTask {
    tasks.find(&scope("p1"), &id(task)).unwrap().unwrap().0
}

/// Takes the next task until ten seconds later.
pub(crate) fn claim(tasks: &dyn ExportTaskStore, now: u32) -> Option<ClaimedTask> {
    tasks.claim(at(now), at(now + 10)).unwrap()
}

pub(crate) fn succeeded(now: u32) -> Settlement {
    Settlement::Succeeded {
        bytes: 7,
        at: at(now),
        expires_at: at(now + 100),
    }
}

pub(crate) fn failure() -> TaskFailure {
    TaskFailure {
        error_code: "WKS.00000500".to_owned(),
        reason: "it was 'broken' off".to_owned(),
    }
}

pub(crate) fn a_task_comes_back_as_it_was_added(store: &Fixture) {
    let tasks = tasks(store);
    add(tasks.as_ref(), "a", 3);
    let (task, request) = tasks.find(&scope("p1"), &id("a")).unwrap().unwrap();
    assert_eq!(request, "what 'a' asks for");
    assert_eq!(
        task,
        ExportTask {
            id: id("a"),
            project_id: project("p1"),
            file_name: "连接记录 a_%.xlsx".to_owned(),
            created_at: at(3),
            is_downloaded: false,
            expires_at: None,
            state: TaskState::Creating,
        }
    );
    assert_eq!(tasks.find(&scope("p2"), &id("a")).unwrap(), None);
    assert_eq!(tasks.find(&scope("p1"), &id("A")).unwrap(), None);
    assert!(tasks.exists(&id("a")).unwrap() && !tasks.exists(&id("A")).unwrap());
    let lease = claim(tasks.as_ref(), 3).unwrap().lease;
    assert!(tasks.settle(&lease, &succeeded(4)).unwrap());
    assert_eq!(found(tasks.as_ref(), "a").expires_at, Some(at(104)));
}

pub(crate) fn a_list_of_tasks_holds_what_is_asked_for_and_no_other_project(store: &Fixture) {
    let tasks = tasks(store);
    let tasks = tasks.as_ref();
    add(tasks, "b", 2);
    add(tasks, "a", 2);
    add(tasks, "c", 1);
    tasks.add(&new("d", "p2", 9), 100).unwrap();
    let all = ["b", "a", "c"].map(str::to_owned).to_vec();
    assert_eq!(listed(tasks, &[]), (3, all.clone()));
    let oldest_first: Vec<_> = all.iter().rev().cloned().collect();
    assert_eq!(listed(tasks, &[("sort_type", "ASC")]), (3, oldest_first));
    assert_eq!(
        listed(tasks, &[("offset", "1"), ("limit", "1")]),
        (3, vec!["a".to_owned()])
    );
    assert_eq!(
        listed(tasks, &[("task_id", "c")]),
        (1, vec!["c".to_owned()])
    );
    assert_eq!(listed(tasks, &[("task_id", "d")]), (0, vec![]));
    assert_eq!(listed(tasks, &[("task_id", "no id")]), (0, vec![]));
    // Nothing in a name is a pattern, and upper and lower case differ.
    assert_eq!(
        listed(tasks, &[("file_name", " b_%.")]),
        (1, vec!["b".to_owned()])
    );
    assert_eq!(listed(tasks, &[("file_name", "记录")]), (3, all));
    assert_eq!(listed(tasks, &[("file_name", "XLSX")]), (0, vec![]));
    assert_eq!(listed(tasks, &[("file_name", "a%x")]), (0, vec![]));

    let claimed = claim(tasks, 5).unwrap();
    assert!(tasks.settle(&claimed.lease, &succeeded(6)).unwrap());
    tasks.mark_downloaded(&scope("p2"), &id("c")).unwrap();
    tasks
        .mark_downloaded(&scope("p1"), claimed.lease.id())
        .unwrap();
    let done = vec![claimed.lease.id().to_string()];
    assert_eq!(listed(tasks, &[("status", "SUCCESS")]), (1, done.clone()));
    assert_eq!(listed(tasks, &[("is_download", "true")]), (1, done));
    assert_eq!(listed(tasks, &[("is_download", "false")]).0, 2);
}

pub(crate) fn a_file_that_is_kept_too_long_expires(store: &Fixture) {
    let tasks = tasks(store);
    let tasks = tasks.as_ref();
    for task in ["a", "b"] {
        add(tasks, task, 0);
    }
    let a = claim(tasks, 0).unwrap().lease;
    let b = claim(tasks, 0).unwrap().lease;
    tasks.settle(&a, &succeeded(0)).unwrap();
    tasks.settle(&b, &succeeded(1)).unwrap();
    assert!(tasks.expire(at(99)).unwrap().is_empty());
    assert_eq!(tasks.expire(at(100)).unwrap(), [a.file_key()]);
    assert_eq!(
        found(tasks, "a").state,
        TaskState::Expired { ended_at: at(0) }
    );
    assert_eq!(found(tasks, "b").status(), TaskStatus::Success);
    let keys = [a.file_key(), b.file_key()];
    assert_eq!(tasks.in_use(&keys).unwrap(), [b.file_key()].into());
    assert!(tasks.expire(at(100)).unwrap().is_empty());
}

pub(crate) fn tasks_are_deleted_all_or_none(store: &Fixture) {
    let tasks = tasks(store);
    let tasks = tasks.as_ref();
    add(tasks, "done", 0);
    let done = claim(tasks, 0).unwrap().lease;
    tasks.settle(&done, &succeeded(0)).unwrap();
    add(tasks, "runs", 0);
    let runs = claim(tasks, 0).unwrap().lease;
    tasks.add(&new("other", "p2", 0), 100).unwrap();
    let delete = |ids: &[&str]| {
        let ids: Vec<_> = ids.iter().map(|text| id(text)).collect();
        tasks.delete(&scope("p1"), &ids).unwrap()
    };
    for unknown in ["other", "nobody"] {
        assert_eq!(
            delete(&["done", "runs", unknown]),
            Deletion::Unknown(id(unknown))
        );
    }
    assert_eq!(listed(tasks, &[]).0, 2);
    let files = vec![TaskFile {
        key: done.file_key(),
        bytes: 7,
    }];
    assert_eq!(delete(&["runs", "done"]), Deletion::Deleted { files });
    assert_eq!(listed(tasks, &[]).0, 0);
    assert!(!tasks.renew(&runs, at(10), TaskProgress::default()).unwrap());
    assert!(!tasks.settle(&runs, &succeeded(1)).unwrap());
    assert!(tasks.find(&scope("p2"), &id("other")).unwrap().is_some());
}

pub(crate) fn a_project_has_so_many_tasks_waiting_and_no_more(store: &Fixture) {
    let tasks = tasks(store);
    for (task, of, added) in [
        ("a", "p1", true),
        ("b", "p1", true),
        ("c", "p1", false),
        ("d", "p2", true),
    ] {
        assert_eq!(tasks.add(&new(task, of, 0), 2).unwrap(), added, "{task}");
    }
    let claimed = claim(tasks.as_ref(), 0).unwrap();
    assert_eq!(claimed.lease.id().as_str(), "a");
    assert!(!tasks.add(&new("c", "p1", 0), 2).unwrap());
    tasks.settle(&claimed.lease, &succeeded(0)).unwrap();
    assert!(tasks.add(&new("c", "p1", 0), 2).unwrap());
    // An identifier is one task's.
    let error = tasks.add(&new("c", "p2", 0), 2).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other);
}

pub(crate) fn a_row_that_is_no_task_is_corrupt(store: &Fixture) {
    let tasks = tasks(store);
    add(tasks.as_ref(), "a", 0);
    store
        .database
        .execute("UPDATE export_tasks SET project_id = ''");
    let error = tasks.claim(at(0), at(10)).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    store
        .database
        .execute("UPDATE export_tasks SET project_id = 'p1', id = '../a'");
    let error = tasks.list(&filter(&[])).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
}
