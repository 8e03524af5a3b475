//! What becomes of export tasks whose process is killed, and of tasks that processes share: the real `deskledger` program,
//! and `kill -9`.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use deskledger_domain::{AuditVia, ExportOutcome};
use serde_json::Value;
use tempfile::TempDir;

use crate::database::TestDatabase;
use crate::process::{PROJECT, Process, audits, fill};

/// Longer than any test should wait.
const PATIENCE: Duration = Duration::from_secs(60);

/// Two processes of the service see one database, and one folder.
struct Site {
    database: TestDatabase,
    folder: TempDir,
}

impl Site {
    fn new(database: TestDatabase, records: u32) -> Self {
        fill(&database, records);
        let folder = TempDir::new().unwrap();
        Self { database, folder }
    }

    /// A process that runs so many tasks at once.
    fn start(&self, at_once: u32, attempts: u32) -> Process {
        let folder = self.folder.path().display().to_string();
        Process::start_with(
            self.database.url(),
            &[
                ("DESKLEDGER__TASKS__STORAGE", &folder),
                ("DESKLEDGER__TASKS__AT_ONCE", &at_once.to_string()),
                ("DESKLEDGER__TASKS__ATTEMPTS", &attempts.to_string()),
                ("DESKLEDGER__TASKS__LEASE_SECONDS", "2"),
                ("DESKLEDGER__TASKS__POLL_SECONDS", "1"),
                ("DESKLEDGER__TASKS__WAITING_PER_PROJECT", "100"),
                ("DESKLEDGER__LIMITS__EXPORTS_PER_PROJECT", "4"),
            ],
        )
    }

    fn files(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    /// Waits until a task is being written.
    fn wait_for_a_file(&self) {
        let begin = Instant::now();
        while self.files().is_empty() {
            assert!(begin.elapsed() < PATIENCE);
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn json(answer: (u16, Vec<u8>)) -> Value {
    let (status, body) = answer;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap()
}

/// Asks for a task.
fn started(process: &Process) -> String {
    let path = format!("/v3/{PROJECT}/desktops/connections/export");
    json(process.get(&path))["task_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// All tasks, as the list shows them.
fn tasks(process: &Process) -> Vec<Value> {
    let path = format!("/v2/{PROJECT}/export-tasks?limit=100");
    json(process.get(&path))["export_tasks"]
        .as_array()
        .unwrap()
        .clone()
}

/// Waits until no task is `CREATING`.
fn ended(process: &Process) -> Vec<Value> {
    let begin = Instant::now();
    loop {
        let tasks = tasks(process);
        if tasks.iter().all(|task| task["status"] != "CREATING") {
            return tasks;
        }
        assert!(begin.elapsed() < PATIENCE, "{tasks:?}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// How many exports of each request came to which end.
fn outcomes(database: &TestDatabase) -> BTreeMap<String, Vec<Option<ExportOutcome>>> {
    let mut outcomes = BTreeMap::<_, Vec<_>>::new();
    let audits = audits(database).into_iter();
    for audit in audits.filter(|audit| audit.fields().via == AuditVia::Task) {
        let outcome = audit.ending().map(|ending| ending.outcome().clone());
        outcomes
            .entry(audit.fields().request_id.clone())
            .or_default()
            .push(outcome);
    }
    outcomes
}

fn a_task_whose_process_is_killed_is_begun_again(database: TestDatabase) {
    let site = Site::new(database, 6_000);
    let mut first = site.start(1, 3);
    let id = started(&first);
    site.wait_for_a_file();
    first.kill();
    let left = site.files();
    assert_eq!(left.len(), 1, "{left:?}");
    let second = site.start(1, 3);
    let tasks = ended(&second);
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0]["status"], "SUCCESS", "{tasks:?}");
    let (status, file) = second.get(&format!("/v2/{PROJECT}/export-tasks/{id}/download"));
    assert_eq!(status, 200);
    let (_, export) = second.get(&format!("/v2/{PROJECT}/connections/desktops/export"));
    // The time of creation differs, and nothing else may.
    assert!(
        file.len().abs_diff(export.len()) < 64,
        "{} {}",
        file.len(),
        export.len()
    );
    // What the first one left of its file goes away when a process looks, at its start.
    drop(second);
    let begin = Instant::now();
    let _third = site.start(1, 3);
    while site.files().len() > 1 {
        assert!(begin.elapsed() < PATIENCE, "{:?}", site.files());
        thread::sleep(Duration::from_millis(20));
    }
}

fn a_task_that_kills_each_process_fails_with_a_reason(database: TestDatabase) {
    let site = Site::new(database, 6_000);
    for _ in 0..2 {
        let mut process = site.start(1, 2);
        if tasks(&process).is_empty() {
            started(&process);
        }
        // The other attempt's rest may be there.
        let begin = Instant::now();
        while audits(&site.database)
            .iter()
            .all(|audit| audit.ending().is_some())
        {
            assert!(begin.elapsed() < PATIENCE);
            thread::sleep(Duration::from_millis(1));
        }
        process.kill();
    }
    let last = site.start(1, 2);
    let tasks = ended(&last);
    assert_eq!(tasks[0]["status"], "FAIL", "{tasks:?}");
    assert_eq!(tasks[0]["error_code"], "WKS.00000500");
    assert!(!tasks[0]["fail_reason"].as_str().unwrap().is_empty());
}

fn two_processes_never_run_a_task_twice(database: TestDatabase) {
    const TASKS: usize = 40;
    let site = Site::new(database, 40);
    let processes = [(); 2].map(|()| site.start(2, 3));
    for number in 0..TASKS {
        started(&processes[number % 2]);
    }
    let tasks = ended(&processes[0]);
    assert_eq!(tasks.len(), TASKS);
    assert!(
        tasks.iter().all(|task| task["status"] == "SUCCESS"),
        "{tasks:?}"
    );
    assert_eq!(site.files().len(), TASKS);
    // Audits are closed soon after. That of the other process may have been taken for gone, on SQLite.
    let begin = Instant::now();
    loop {
        let outcomes = outcomes(&site.database);
        assert!(
            outcomes.values().all(|of_one| of_one.len() == 1),
            "{outcomes:?}"
        );
        if outcomes.len() == TASKS
            && outcomes
                .values()
                .all(|of_one| of_one[0] == Some(ExportOutcome::Done))
        {
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "{outcomes:?}");
        thread::sleep(Duration::from_millis(50));
    }
    // Both took their share. The log may be a little behind.
    let shares = || {
        processes
            .each_ref()
            .map(|process| process.logged("export task done"))
    };
    while shares().iter().sum::<usize>() < TASKS {
        assert!(begin.elapsed() < PATIENCE, "{:?}", shares());
        thread::sleep(Duration::from_millis(50));
    }
    let shares = shares();
    assert_eq!(shares.iter().sum::<usize>(), TASKS);
    assert!(shares.iter().all(|share| *share > 0), "{shares:?}");
}

mod sqlite {
    use super::*;

    #[test]
    fn a_task_whose_process_is_killed_is_begun_again() {
        super::a_task_whose_process_is_killed_is_begun_again(TestDatabase::sqlite());
    }

    #[test]
    fn a_task_that_kills_each_process_fails_with_a_reason() {
        super::a_task_that_kills_each_process_fails_with_a_reason(TestDatabase::sqlite());
    }

    #[test]
    fn two_processes_never_run_a_task_twice() {
        super::two_processes_never_run_a_task_twice(TestDatabase::sqlite());
    }
}

mod postgres {
    use super::*;

    #[test]
    fn a_task_whose_process_is_killed_is_begun_again() {
        super::a_task_whose_process_is_killed_is_begun_again(TestDatabase::postgres());
    }

    #[test]
    fn a_task_that_kills_each_process_fails_with_a_reason() {
        super::a_task_that_kills_each_process_fails_with_a_reason(TestDatabase::postgres());
    }

    #[test]
    fn two_processes_never_run_a_task_twice() {
        super::two_processes_never_run_a_task_twice(TestDatabase::postgres());
    }
}
