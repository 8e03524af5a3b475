//! Downloads of the files of tasks, and deletions of tasks.

use super::*;
use crate::task::{delete, download, ended as task_ended, started};

on_both_databases! {
    each_download_is_audited_with_its_bytes
    a_download_that_breaks_off_is_audited
    a_deletion_is_audited_with_its_tasks
    what_is_refused_of_tasks_is_audited
}

fn of<'a>(audits: &'a [Value], via: &str) -> Vec<&'a Value> {
    audits.iter().filter(|audit| audit["via"] == via).collect()
}

/// A task that is done, and its audit.
fn done(service: &Service, query: &str) -> String {
    let task = started(service, query);
    assert_eq!(task_ended(service, &task)["status"], "SUCCESS");
    task
}

fn each_download_is_audited_with_its_bytes(database: &Database) {
    database.fill(PROJECT, ["1", "2"].map(|id| bare(id, "2020-04-13T02:00Z")));
    let service = start(database, |_| {});
    let task = done(&service, "user_name=&format=csv&language=de_DE");
    let whole = download(&service, &task, &[]).body.len();
    let part = download(&service, &task, &[("Range", "bytes=10-19")]);
    assert_eq!(part.status, 206);
    // Neither hands out anything.
    let etag = part.header("etag").unwrap();
    let path = format!("/v2/{PROJECT}/export-tasks/{task}/download");
    let answer = service.get(&path, &[("X-Auth-Token", TOKEN), ("If-None-Match", etag)]);
    assert_eq!(answer.status, 304);
    let head = format!(
        "HEAD {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-auth-token: {TOKEN}\r\n\r\n"
    );
    assert_eq!(service.raw(head.as_bytes()).status, 200);
    let audits = ended(&service, 3);
    let made = &of(&audits, "task")[0];
    assert_eq!(
        (&made["task_ids"], &made["rows"]),
        (&json!([task]), &json!(2))
    );
    let downloads = of(&audits, "download");
    let bytes: Vec<_> = downloads.iter().map(|audit| &audit["bytes"]).collect();
    assert_eq!(bytes.len(), 2);
    assert!(
        bytes.contains(&&json!(whole)) && bytes.contains(&&json!(10)),
        "{bytes:?}"
    );
    for audit in downloads {
        // A part holds no whole records.
        let rows = if audit["bytes"] == whole { 2 } else { 0 };
        assert_eq!(audit["rows"], rows, "{audit}");
        assert_eq!(audit["outcome"], "done", "{audit}");
        assert_eq!(audit["action"], "read");
        assert_eq!(audit["task_ids"], json!([task]));
        assert_eq!(audit["format"], "csv");
        assert_eq!(audit["language"], "de_DE");
    }
    let found = |query: &str| {
        let answer = service.get(
            &list_path(PROJECT, query),
            &[("X-Auth-Token", &secret("auditor"))],
        );
        serde_json::from_slice::<Value>(&answer.body).unwrap()["total_count"].clone()
    };
    assert_eq!(found("via=download&outcome=done"), 2);
    let user = token(TOKEN, PROJECT, &[]).user;
    assert_eq!(found(&format!("user={user}")), 3);
    assert_eq!(found("user=nobody"), 0);
    assert_eq!(found("action=delete"), 0);
}

fn a_download_that_breaks_off_is_audited(database: &Database) {
    fill_for_idle_clients(database);
    let service = start(database, |settings| settings.limits.slow_client_seconds = 2);
    let task = done(&service, "");
    let begin = || {
        let mut client = TcpStream::connect(("127.0.0.1", service.port())).unwrap();
        let request = format!(
            "GET /v2/{PROJECT}/export-tasks/{task}/download HTTP/1.1\r\nhost: x\r\nx-auth-token: {TOKEN}\r\n\r\n"
        );
        std::io::Write::write_all(&mut client, request.as_bytes()).unwrap();
        client.read_exact(&mut [0; 12]).unwrap();
        client
    };
    drop(begin());
    let audits = wait_until(&service, |audits| {
        audits.iter().any(|audit| audit["outcome"] == "client_left")
    });
    assert_eq!(of(&audits, "download")[0]["outcome"], "client_left");
    let _idle = begin();
    let audits = ended(&service, 3);
    let slow = audits
        .iter()
        .find(|audit| audit["outcome"] == "client_slow");
    assert_eq!(slow.unwrap()["via"], "download");
}

fn a_deletion_is_audited_with_its_tasks(database: &Database) {
    let service = start(database, |_| {});
    let tasks = [done(&service, ""), done(&service, "format=csv")];
    let ids: Vec<_> = tasks.iter().map(String::as_str).collect();
    assert_eq!(delete(&service, PROJECT, TOKEN, &ids).status, 204);
    let audits = ended(&service, 3);
    let deletion = audits.iter().find(|audit| audit["action"] == "delete");
    let deletion = deletion.unwrap();
    let mut deleted: Vec<_> = deletion["task_ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    let mut ids = ids;
    ids.sort_unstable();
    deleted.sort_unstable();
    assert_eq!(deleted, ids);
    assert_eq!(
        (&deletion["via"], &deletion["outcome"]),
        (&json!("task"), &json!("done"))
    );
    assert_eq!(deletion["format"], Value::Null);
    assert_eq!(
        (&deletion["rows"], &deletion["bytes"]),
        (&json!(0), &json!(0))
    );
}

fn what_is_refused_of_tasks_is_audited(database: &Database) {
    let service = start(database, |settings| settings.tasks.waiting_per_project = 0);
    let clerk = secret("clerk");
    let auth = [("X-Auth-Token", TOKEN)];
    let download = format!("/v2/{PROJECT}/export-tasks/none/download");
    let path = format!("/v3/{PROJECT}/desktops/connections/export");
    assert_eq!(service.get(&download, &auth).status, 404);
    assert_eq!(
        service.get(&download, &[("X-Auth-Token", &clerk)]).status,
        403
    );
    assert_eq!(delete(&service, PROJECT, TOKEN, &["none"]).status, 404);
    assert_eq!(delete(&service, PROJECT, &clerk, &["none"]).status, 403);
    assert_eq!(service.get(&path, &auth).status, 429);
    let audits = ended(&service, 5);
    for audit in &audits {
        assert_eq!(audit["outcome"], "refused", "{audit}");
    }
    let codes = |via: &str, action: &str| {
        let found = of(&audits, via).into_iter();
        let found = found.filter(|audit| audit["action"] == action);
        let mut codes: Vec<_> = found
            .map(|audit| audit["error_code"].as_str().unwrap())
            .collect();
        codes.sort_unstable();
        codes
    };
    let (forbidden, missing) = (ErrorCode::Forbidden.code(), ErrorCode::TaskNotFound.code());
    assert_eq!(codes("download", "read"), [forbidden, missing]);
    assert_eq!(codes("task", "delete"), [forbidden, missing]);
    assert_eq!(codes("task", "read"), [ErrorCode::TooManyRequests.code()]);
}
