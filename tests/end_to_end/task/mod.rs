//! Exports that go on as tasks: asked for, run, listed, downloaded, deleted.

mod file;
mod filter;
mod list;
mod run;
mod transfer;

use std::sync::Arc;

use std::thread;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use deskledger_domain::{TaskFailure, TaskId};
use deskledger_store::{ExportTaskStore, NewExportTask, Settlement, StoreSettings};
use deskledger_tests::{Answer, Database, PROJECT, Service, TOKEN, scope};
use serde_json::{Value, json};

use crate::record::time;

const AUTH: [(&str, &str); 1] = [("X-Auth-Token", TOKEN)];

/// Asks for an export of [`PROJECT`] as a task.
fn start(service: &Service, query: &str) -> Answer {
    let path = format!("/v3/{PROJECT}/desktops/connections/export?{query}");
    service.get(&path, &AUTH)
}

/// [`start`], which must succeed: the identifier of the task.
pub(crate) fn started(service: &Service, query: &str) -> String {
    let answer = start(service, query);
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
    body["task_id"].as_str().unwrap().to_owned()
}

/// The list of tasks of [`PROJECT`].
fn listed(service: &Service, query: &str) -> Value {
    let path = format!("/v2/{PROJECT}/export-tasks?{query}");
    let answer = service.get(&path, &AUTH);
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    serde_json::from_slice(&answer.body).unwrap()
}

/// A task, as the list shows it.
fn shown(service: &Service, id: &str) -> Value {
    let list = listed(service, &format!("task_id={id}"));
    assert_eq!(list["count"], 1, "{list}");
    list["export_tasks"][0].clone()
}

/// Waits until a task has come to its end, and says what the list shows then.
pub(crate) fn ended(service: &Service, id: &str) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let task = shown(service, id);
        if task["status"] != "CREATING" {
            return task;
        }
        assert!(Instant::now() < deadline, "{task}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Downloads the file of a task of [`PROJECT`].
pub(crate) fn download(service: &Service, id: &str, headers: &[(&str, &str)]) -> Answer {
    let path = format!("/v2/{PROJECT}/export-tasks/{id}/download");
    service.get(&path, &[&AUTH, headers].concat())
}

pub(crate) fn delete(service: &Service, project: &str, token: &str, ids: &[&str]) -> Answer {
    let path = format!("/v2/{project}/export-tasks/batch-delete");
    service.post(&path, token, &json!({"task_ids": ids}))
}

/// The names of the files of a database's tasks.
fn files(database: &Database) -> Vec<String> {
    let files = std::fs::read_dir(database.exports()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}

fn store(database: &Database) -> Arc<dyn ExportTaskStore> {
    deskledger_store::Database::open(&StoreSettings::new(database.url()))
        .unwrap()
        .export_tasks()
}

/// A task that is made past the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    Done,
    Failed,
    Expired,
    /// The last, since nobody must take it.
    Creating,
}

impl Made {
    pub(crate) const ALL: [Self; 4] = [Self::Done, Self::Failed, Self::Expired, Self::Creating];

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Creating => "creating",
        }
    }
}

/// Adds a task that waits, of somebody with no roles.
pub(crate) fn add(database: &Database, project: &str, id: &str, file_name: &str) {
    let task = NewExportTask {
        id: TaskId::new(id).unwrap(),
        scope: scope(project),
        file_name: file_name.to_owned(),
        request: json!({
            "version": "1", "user": "ann", "roles": [], "credential": "token", "peer_address": null,
            "forwarded_for": null, "request_id": "r", "parameters": {},
        })
        .to_string(),
        created_at: time("2020-05-01T07:00Z"),
    };
    assert!(store(database).add(&task, 100).unwrap());
}

/// Makes a task of a project: one that is done says that it has a file of seven bytes.
pub(crate) fn make(database: &Database, project: &str, made: Made) {
    let tasks = store(database);
    let at = time("2020-05-01T07:00Z");
    add(database, project, made.id(), &format!("{}.xlsx", made.id()));
    let lasts = TimeDelta::days(if made == Made::Expired { -1 } else { 10_000 });
    let settlement = match made {
        Made::Creating => return,
        Made::Failed => Settlement::Failed {
            failure: TaskFailure {
                error_code: "WKS.00000500".to_owned(),
                reason: "it failed".to_owned(),
            },
            at,
        },
        Made::Done | Made::Expired => Settlement::Succeeded {
            bytes: 7,
            at,
            expires_at: at + lasts,
        },
    };
    let claimed = tasks
        .claim(at, at + TimeDelta::days(10_000))
        .unwrap()
        .unwrap();
    assert_eq!(claimed.lease.id().as_str(), made.id());
    assert!(tasks.settle(&claimed.lease, &settlement).unwrap());
    tasks.expire(at).unwrap();
}
