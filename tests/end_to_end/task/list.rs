//! The list of tasks, what it and its neighbours refuse, and how many may wait.

use deskledger_api::ErrorCode;
use deskledger_tests::{on_both_databases, secret, token};

use super::*;
use crate::refusal::{assert_code, assert_refused};

on_both_databases! {
    a_list_holds_what_is_asked_for
    a_project_has_so_many_tasks_waiting_and_no_more
}

fn a_list_holds_what_is_asked_for(database: &Database) {
    for made in Made::ALL {
        make(database, PROJECT, made);
    }
    let service = Service::start_with(database, |settings| settings.tasks.at_once = 0);
    let [creating, done, expired, failed] = ["creating", "done", "expired", "failed"];
    for (query, count, ids) in [
        // All were asked for at the same time: the identifier decides.
        ("", 4, vec![failed, expired, done, creating]),
        (
            "sort_field=create_time&sort_type=ASC",
            4,
            vec![creating, done, expired, failed],
        ),
        ("sort_type=DESC&offset=1&limit=2", 4, vec![expired, done]),
        ("offset=4", 4, vec![]),
        ("status=FAIL", 1, vec![failed]),
        ("status=CREATING", 1, vec![creating]),
        ("task_id=done", 1, vec![done]),
        ("task_id=don", 0, vec![]),
        ("file_name=e.xl", 1, vec![done]),
        ("is_download=true", 0, vec![]),
        (
            "is_download=false&limit=100",
            4,
            vec![failed, expired, done, creating],
        ),
        ("status=&limit=", 4, vec![failed, expired, done, creating]),
    ] {
        let list = listed(&service, query);
        let tasks = list["export_tasks"].as_array().unwrap();
        let found: Vec<_> = tasks
            .iter()
            .map(|task| task["task_id"].as_str().unwrap())
            .collect();
        assert_eq!(
            (list["count"].as_u64(), found),
            (Some(count), ids),
            "{query}"
        );
    }
    let at = "2020-05-01T07:00:00Z";
    assert_eq!(
        shown(&service, failed),
        json!({
            "task_id": failed, "file_name": "failed.xlsx", "status": "FAIL", "fail_reason": "it failed",
            "error_code": "WKS.00000500", "create_time": at, "end_time": at, "is_download": false,
        })
    );
    assert_eq!(
        shown(&service, creating),
        json!({
            "task_id": creating, "file_name": "creating.xlsx", "status": "CREATING", "fail_reason": null,
            "error_code": null, "create_time": at, "end_time": null, "is_download": false,
        })
    );
    assert_refused(
        &download(&service, failed, &[]),
        ErrorCode::TaskFailed,
        "it failed",
        failed,
    );
    assert_refused(
        &download(&service, creating, &[]),
        ErrorCode::TaskNotDone,
        "not done",
        creating,
    );
    // Its file was never there.
    assert_code(&download(&service, done, &[]), ErrorCode::TaskExpired, done);
}

fn a_project_has_so_many_tasks_waiting_and_no_more(database: &Database) {
    let service = Service::start_with(database, |settings| {
        settings.tasks.at_once = 0;
        settings.tasks.waiting_per_project = 2;
        settings
            .identity
            .tokens
            .push(token(&secret("other"), "another", &["te_admin"]));
    });
    let first = started(&service, "");
    started(&service, "");
    let answer = start(&service, "");
    assert_refused(
        &answer,
        ErrorCode::TooManyRequests,
        "2 export tasks",
        "a third",
    );
    assert!(answer.header("retry-after").is_some());
    let path = "/v3/another/desktops/connections/export";
    let answer = service.get(path, &[("X-Auth-Token", &secret("other"))]);
    assert_eq!(answer.status, 200);
    assert_eq!(delete(&service, PROJECT, TOKEN, &[&first]).status, 204);
    started(&service, "");
}

#[test]
fn every_mistake_has_its_code() {
    use ErrorCode as Code;

    let database = Database::sqlite();
    let service = Service::start_with(&database, |settings| {
        settings
            .identity
            .tokens
            .push(token(&secret("auditor"), PROJECT, &["wks_auditor"]));
    });
    for (query, code) in [
        ("usr_name=x", Code::UnknownParameter),
        ("limit=1", Code::UnknownParameter),
        ("user_name=a&user_name=b", Code::RepeatedParameter),
        ("start_time=soon", Code::InvalidTime),
        ("language=xx_XX", Code::UnknownLanguage),
        ("time_zone=Moon/Base", Code::UnknownTimeZone),
    ] {
        assert_code(&start(&service, query), code, query);
    }
    for (query, code) in [
        ("limit=0", Code::InvalidNumber),
        ("limit=101", Code::InvalidNumber),
        ("offset=-1", Code::InvalidNumber),
        ("status=done", Code::UnknownValue),
        ("is_download=1", Code::UnknownValue),
        ("sort_field=task_id", Code::UnknownValue),
        ("sort_type=down", Code::UnknownValue),
        ("user_name=x", Code::UnknownParameter),
    ] {
        let path = format!("/v2/{PROJECT}/export-tasks?{query}");
        assert_code(&service.get(&path, &AUTH), code, query);
    }
    let path = format!("/v2/{PROJECT}/export-tasks/batch-delete");
    let many: Vec<_> = (0..201).map(|number| format!("t{number}")).collect();
    for (body, code) in [
        (json!({}), Code::InvalidBody),
        (json!([]), Code::InvalidBody),
        (json!({"task_ids": "a"}), Code::InvalidBody),
        (json!({"task_ids": ["a"], "all": true}), Code::InvalidBody),
        (json!({"task_ids": []}), Code::FieldLength),
        (json!({"task_ids": many}), Code::FieldLength),
        (json!({"task_ids": many[1..]}), Code::TaskNotFound),
        (json!({"task_ids": ["../a"]}), Code::TaskNotFound),
    ] {
        assert_code(
            &service.post(&path, TOKEN, &body),
            code,
            &body.to_string()[..20.min(body.to_string().len())],
        );
    }
    for id in ["nobody", "..%2Fa", "%FF", "%20"] {
        assert_code(&download(&service, id, &[]), Code::TaskNotFound, id);
    }
    // An auditor may look, and do nothing.
    let auditor = secret("auditor");
    let headers = [("X-Auth-Token", &*auditor)];
    let list = service.get(&format!("/v2/{PROJECT}/export-tasks"), &headers);
    assert_eq!(list.status, 200);
    let path = format!("/v3/{PROJECT}/desktops/connections/export");
    assert_code(&service.get(&path, &headers), Code::Forbidden, "start");
    let path = format!("/v2/{PROJECT}/export-tasks/x/download");
    assert_code(&service.get(&path, &headers), Code::Forbidden, "download");
    assert_code(
        &delete(&service, PROJECT, &auditor, &["x"]),
        Code::Forbidden,
        "delete",
    );
    // Nobody.
    let answer = service.get(&path, &[]);
    assert_code(&answer, Code::Unauthenticated, "nobody");
}

#[test]
fn without_storage_for_files_there_are_no_tasks() {
    let database = Database::postgres();
    let service = Service::start_with(&database, |settings| settings.tasks.storage = String::new());
    let answer = start(&service, "");
    assert_refused(&answer, ErrorCode::Unavailable, "tasks.storage", "start");
    assert_eq!(listed(&service, "")["count"], 0);
    assert_eq!(service.export("").status, 200);
}
