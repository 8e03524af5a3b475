//! Links to the files of tasks, and how far tasks came that run.

use std::thread;
use std::time::{Duration, Instant};

use deskledger_api::ErrorCode;
use deskledger_tests::{Answer, Database, PROJECT, Service, TOKEN, on_both_databases, secret};
use serde_json::{Value, json};

use super::{
    CLERKS, FOREIGN, Link, add_users, assert_nowhere, auth, cancel_with, ends_properly, follow,
    idle_follower, shown, wait_for,
};
use crate::record::{bulky, realistic, time};
use crate::task::{Made, delete, download, ended, make, started};

on_both_databases! {
    a_link_leads_to_the_file_of_a_task_once
    a_link_to_a_file_that_is_not_there_is_not_made
    a_file_that_is_gone_is_gone_for_its_link
    a_download_of_a_file_is_cancelled
    a_task_shows_how_far_it_came
    a_task_that_runs_is_broken_off_within_seconds_when_it_is_deleted
}

fn make_link(service: &Service, task: &str) -> Answer {
    let path = format!("/v2/{PROJECT}/export-tasks/{task}/export-links");
    service.send("POST", &path, &auth(TOKEN), b"")
}

fn a_link_leads_to_the_file_of_a_task_once(database: &Database) {
    database.fill(PROJECT, realistic(200));
    let service = Service::start(database);
    let task = started(&service, "format=csv&language=de_DE");
    assert_eq!(ended(&service, &task)["status"], "SUCCESS");
    let link = Link::of(&make_link(&service, &task));
    assert!(link.total.is_null());
    let file = download(&service, &task, &[]);
    let head = service.send("HEAD", &link.url, &[], b"");
    assert_eq!(head.status, 200);
    let length = file.body.len().to_string();
    assert_eq!(head.header("content-length"), Some(&*length));
    let followed = follow(&service, &link);
    assert_eq!(followed.status, 200);
    assert!(followed.body == file.body);
    for name in ["content-type", "content-disposition", "content-length"] {
        assert_eq!(followed.header(name), file.header(name), "{name}");
    }
    assert_eq!(followed.header("referrer-policy"), Some("no-referrer"));
    assert_nowhere(&follow(&service, &link));
    let done = wait_for(&service, &link, "done");
    assert_eq!(done["task_id"], task);
    assert_eq!(done["bytes"], file.body.len());
    assert_eq!(done["total_bytes"], file.body.len());
    assert_eq!(
        (&done["rows"], &done["total_count"]),
        (&json!(200), &json!(200))
    );
    let asked = json!({"format": "csv", "language": "de_DE"});
    assert_eq!(done["parameters"], asked);
    // A download that broke is not gone on with by a link: there is another one for that.
    let link = Link::of(&make_link(&service, &task));
    let part = service.get(&link.url, &[("Range", "bytes=5-")]);
    assert_eq!(part.error().0, ErrorCode::NotResumable.code());
    assert_eq!(follow(&service, &link).body.len(), file.body.len());
    // What it was is known also when the task is gone.
    assert_eq!(delete(&service, PROJECT, TOKEN, &[&task]).status, 204);
    assert_eq!(shown(&service, &link)["parameters"], asked);
}

fn a_link_to_a_file_that_is_not_there_is_not_made(database: &Database) {
    for made in Made::ALL {
        make(database, PROJECT, made);
    }
    let service = Service::start_with(database, |settings| {
        add_users(settings);
        settings.tasks.at_once = 0;
    });
    for (task, code) in [
        ("nobody", ErrorCode::TaskNotFound),
        (Made::Creating.id(), ErrorCode::TaskNotDone),
        (Made::Failed.id(), ErrorCode::TaskFailed),
        (Made::Expired.id(), ErrorCode::TaskExpired),
    ] {
        assert_eq!(make_link(&service, task).error().0, code.code(), "{task}");
    }
    let done = Made::Done.id();
    let path = format!("/v2/{PROJECT}/export-tasks/{done}/export-links");
    for (token, status) in [(secret(CLERKS[0]), 403), (secret(FOREIGN), 403)] {
        let answer = service.send("POST", &path, &auth(&token), b"");
        assert_eq!(answer.status, status);
    }
    let parameter = service.send("POST", &format!("{path}?format=csv"), &auth(TOKEN), b"");
    assert_eq!(parameter.error().0, ErrorCode::UnknownParameter.code());
}

fn a_file_that_is_gone_is_gone_for_its_link(database: &Database) {
    // It says that it has a file, and has none.
    make(database, PROJECT, Made::Done);
    let service = Service::start_with(database, |settings| settings.tasks.at_once = 0);
    let link = Link::of(&make_link(&service, Made::Done.id()));
    let answer = follow(&service, &link);
    assert_eq!(answer.error().0, ErrorCode::TaskExpired.code());
    let broken = wait_for(&service, &link, "broken");
    assert_eq!(broken["error_code"], ErrorCode::TaskExpired.code());
    let link = Link::of(&make_link(&service, Made::Done.id()));
    assert_eq!(
        delete(&service, PROJECT, TOKEN, &[Made::Done.id()]).status,
        204
    );
    assert_eq!(
        follow(&service, &link).error().0,
        ErrorCode::TaskNotFound.code()
    );
}

fn a_download_of_a_file_is_cancelled(database: &Database) {
    database.fill(PROJECT, bulky(4_000));
    let service = Service::start(database);
    let task = started(&service, "format=csv");
    assert_eq!(ended(&service, &task)["status"], "SUCCESS");
    let link = Link::of(&make_link(&service, &task));
    let client = idle_follower(&service, &link);
    assert_eq!(shown(&service, &link)["state"], "running");
    assert_eq!(cancel_with(&service, TOKEN, &link).status, 204);
    let began = Instant::now();
    assert!(!ends_properly(client));
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(shown(&service, &link)["state"], "cancelled");
}

fn show(service: &Service, token: &str, task: &str) -> Answer {
    service.get(&format!("/v2/{PROJECT}/export-tasks/{task}"), &auth(token))
}

fn a_task_shows_how_far_it_came(database: &Database) {
    database.fill(PROJECT, realistic(500));
    let service = Service::start_with(database, add_users);
    let task = started(&service, "format=csv");
    let listed = ended(&service, &task);
    let shown = show(&service, TOKEN, &task).json();
    for (name, value) in listed.as_object().unwrap() {
        assert_eq!(shown[name], *value, "{name}");
    }
    assert_eq!(
        (&shown["rows"], &shown["total_count"]),
        (&500.into(), &500.into())
    );
    let file = download(&service, &task, &[]);
    assert_eq!(shown["bytes"], file.body.len());
    // Somebody else's is shown to those who manage them alone.
    assert_eq!(show(&service, &secret(CLERKS[0]), &task).status, 404);
    assert_eq!(show(&service, &secret(FOREIGN), &task).status, 403);
    assert_eq!(show(&service, TOKEN, "nobody").status, 404);
    let head: Value = show(&service, TOKEN, &task).json();
    assert_eq!(head.as_object().unwrap().len(), 14);
    // For a week, by default.
    let kept =
        time(head["expire_time"].as_str().unwrap()) - time(head["end_time"].as_str().unwrap());
    assert_eq!(kept.num_days(), 7);
    assert!(head["user"].as_str().unwrap().starts_with("user-"));
    assert_eq!(head["parameters"], json!({ "format": "csv" }));
}

fn a_task_that_runs_is_broken_off_within_seconds_when_it_is_deleted(database: &Database) {
    database.fill(PROJECT, realistic(60_000));
    let service = Service::start_with(database, |settings| {
        settings.limits.exports_per_project = 1;
        settings.limits.queue_seconds = 5;
    });
    let task = started(&service, "summary=true");
    let deadline = Instant::now() + Duration::from_secs(30);
    let running = loop {
        let shown = show(&service, TOKEN, &task).json();
        if shown["rows"].as_u64() > Some(0) {
            break shown;
        }
        assert!(Instant::now() < deadline, "{shown}");
        thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(running["total_count"], 60_000);
    if running["status"] == "CREATING" {
        assert_eq!(delete(&service, PROJECT, TOKEN, &[&task]).status, 204);
        // Its permit is free soon, and not when its lease ends.
        assert_eq!(service.export("user_name=nobody").status, 200);
    }
}
