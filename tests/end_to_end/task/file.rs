//! The file of a task: what is in it, who gets it, and in which parts.

use deskledger_api::ErrorCode;
use deskledger_domain::Clock;
use deskledger_tests::{on_both_databases, secret, sheets, token};

use super::*;
use crate::record::{bare, realistic};
use crate::refusal::{assert_code, assert_refused};

on_both_databases! {
    a_task_makes_the_file_that_the_export_makes
    a_file_is_downloaded_in_parts
    another_project_finds_no_task
    a_file_that_expired_or_was_deleted_cannot_be_downloaded
}

fn a_task_makes_the_file_that_the_export_makes(database: &Database) {
    database.fill(PROJECT, realistic(3_000));
    database.fill("another", [bare("theirs", "2020-04-13T02:00Z")]);
    let service = Service::start(database);
    for query in [
        "",
        "start_time=2020-04-10T00:00Z&end_time=2020-04-20T00:00Z&language=zh_CN&time_zone=Asia/Shanghai",
        "user_name=nobody%40at.all",
    ] {
        let id = started(&service, query);
        let task = ended(&service, &id);
        assert_eq!(task["status"], "SUCCESS", "{task}");
        let file = download(&service, &id, &[]);
        let export = service.export(query);
        assert_eq!(file.status, 200);
        for header in ["content-type", "content-disposition", "cache-control"] {
            assert_eq!(file.header(header), export.header(header), "{header}");
        }
        assert_eq!(
            file.header("content-length"),
            Some(&*file.body.len().to_string())
        );
        assert_eq!(file.header("accept-ranges"), Some("bytes"));
        assert!(sheets(&file.body) == sheets(&export.body), "{query}");
        // The records of another project are in neither.
        let rows = sheets(&file.body)[0].rows.len();
        assert!(
            rows <= 3_000 && (rows > 0 || query.starts_with("user_name")),
            "{rows}"
        );
    }
    // A file has its own name in the list, in the asked language.
    let names = listed(&service, "file_name=%E6%A1%8C%E9%9D%A2");
    assert_eq!(names["count"], 1, "{names}");
}

#[test]
fn head_says_the_length_of_a_file_and_sends_none_of_it() {
    let database = Database::sqlite();
    database.fill(PROJECT, realistic(50));
    let service = Service::start(&database);
    let id = started(&service, "");
    ended(&service, &id);
    let request = format!(
        "HEAD /v2/{PROJECT}/export-tasks/{id}/download HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-auth-token: {TOKEN}\r\n\r\n"
    );
    let head = service.raw(request.as_bytes());
    assert_eq!((head.status, head.body.len()), (200, 0));
    let whole = download(&service, &id, &[]);
    assert!(whole.body.len() > 1000);
    let length = whole.body.len().to_string();
    assert_eq!(head.header("content-length"), Some(&*length));
    assert_eq!(head.header("etag"), whole.header("etag"));
    assert_eq!(head.header("accept-ranges"), Some("bytes"));
}

fn a_file_is_downloaded_in_parts(database: &Database) {
    database.fill(PROJECT, realistic(500));
    let service = Service::start(database);
    let id = started(&service, "");
    ended(&service, &id);
    let whole = download(&service, &id, &[]);
    let size = whole.body.len();
    let tag = whole.header("etag").unwrap();
    let parts = [
        ("bytes=0-0".to_owned(), 0..1),
        ("bytes=100-1099".to_owned(), 100..1100),
        (format!("bytes={}-", size - 7), size - 7..size),
        ("bytes=-20".to_owned(), size - 20..size),
        (format!("bytes=5-{}", size * 2), 5..size),
    ];
    for (range, part) in parts {
        for if_range in [None, Some(("If-Range", tag))] {
            let mut headers = vec![("Range", &*range)];
            headers.extend(if_range);
            let answer = download(&service, &id, &headers);
            assert_eq!(answer.status, 206, "{range}");
            assert!(answer.body == whole.body[part.clone()], "{range}");
            let length = part.len().to_string();
            assert_eq!(answer.header("content-length"), Some(&*length));
            let content_range = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            assert_eq!(answer.header("content-range"), Some(&*content_range));
            assert_eq!(answer.header("etag"), Some(tag));
        }
    }
    for headers in [
        [("Range", "bytes=0-1"), ("If-Range", "\"another\"")],
        [("Range", "bytes=0-1,5-6"), ("Accept", "*/*")],
        [("Range", "lines=0-1"), ("Accept", "*/*")],
    ] {
        let answer = download(&service, &id, &headers);
        assert_eq!(answer.status, 200, "{headers:?}");
        assert!(answer.body == whole.body);
    }
    let beyond = format!("bytes={size}-");
    let answer = download(&service, &id, &[("Range", &beyond)]);
    assert_code(&answer, ErrorCode::RangeNotSatisfiable, &beyond);
    assert_eq!(
        answer.header("content-range"),
        Some(&*format!("bytes */{size}"))
    );
}

fn another_project_finds_no_task(database: &Database) {
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let foreign = secret("foreign");
    let service = Service::start_with(database, |settings| {
        settings
            .identity
            .tokens
            .push(token(&foreign, "another", &["te_admin"]));
    });
    let id = started(&service, "");
    ended(&service, &id);
    let get = |path: &str| service.get(path, &[("X-Auth-Token", &foreign)]);
    // Neither by its own path, nor by that of the other project.
    let answer = get(&format!("/v2/another/export-tasks/{id}/download"));
    assert_refused(&answer, ErrorCode::TaskNotFound, &id, "download");
    let answer = get(&format!("/v2/{PROJECT}/export-tasks/{id}/download"));
    assert_code(&answer, ErrorCode::Forbidden, "download");
    let answer = get(&format!("/v2/another/export-tasks?task_id={id}"));
    assert_eq!(answer.body, br#"{"export_tasks":[],"count":0}"#);
    let answer = get(&format!("/v2/{PROJECT}/export-tasks"));
    assert_code(&answer, ErrorCode::Forbidden, "list");
    let answer = delete(&service, "another", &foreign, &[&id]);
    assert_refused(&answer, ErrorCode::TaskNotFound, &id, "delete");
    let answer = delete(&service, PROJECT, &foreign, &[&id]);
    assert_code(&answer, ErrorCode::Forbidden, "delete");
    let answer = get(&format!("/v3/{PROJECT}/desktops/connections/export"));
    assert_code(&answer, ErrorCode::Forbidden, "start");
    assert_eq!(shown(&service, &id)["is_download"], false);
    assert_eq!(download(&service, &id, &[]).status, 200);
}

fn a_file_that_expired_or_was_deleted_cannot_be_downloaded(database: &Database) {
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start(database);
    let [deleted, expired] = [(); 2].map(|()| started(&service, ""));
    for id in [&deleted, &expired] {
        ended(&service, id);
        assert_eq!(download(&service, id, &[]).status, 200);
    }
    assert_eq!(files(database).len(), 2);
    // All or none.
    let answer = delete(&service, PROJECT, TOKEN, &[&deleted, "nobody"]);
    assert_refused(&answer, ErrorCode::TaskNotFound, "nobody", "delete");
    assert_eq!(download(&service, &deleted, &[]).status, 200);
    let answer = delete(&service, PROJECT, TOKEN, &[&deleted, &deleted]);
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_code(
        &download(&service, &deleted, &[]),
        ErrorCode::TaskNotFound,
        "deleted",
    );
    assert_eq!(listed(&service, "")["count"], 1);
    assert_eq!(files(database).len(), 1);
    drop(service);

    // A file is kept for a week.
    let at = |time: &str| {
        let clock = Clock::fixed(crate::record::time(time));
        Service::start_by(database, clock, |_| {})
    };
    let service = at("2020-05-08T07:59:59Z");
    assert_eq!(download(&service, &expired, &[]).status, 200);
    drop(service);
    let service = at("2020-05-08T08:00:00Z");
    let deadline = Instant::now() + Duration::from_secs(30);
    while shown(&service, &expired)["status"] != "EXPIRED" || !files(database).is_empty() {
        assert!(Instant::now() < deadline, "{}", shown(&service, &expired));
        thread::sleep(Duration::from_millis(20));
    }
    assert_code(
        &download(&service, &expired, &[]),
        ErrorCode::TaskExpired,
        "expired",
    );
    assert_eq!(
        shown(&service, &expired)["end_time"],
        "2020-05-01T08:00:00Z"
    );
    assert_eq!(delete(&service, PROJECT, TOKEN, &[&expired]).status, 204);
    assert_eq!(listed(&service, "")["count"], 0);
}

#[test]
fn a_file_that_is_downloaded_is_marked() {
    let database = Database::sqlite();
    database.fill(PROJECT, [bare("1", "2020-04-13T02:00Z")]);
    let service = Service::start(&database);
    let id = started(&service, "");
    assert_eq!(ended(&service, &id)["is_download"], false);
    assert_eq!(
        download(&service, &id, &[("Range", "bytes=100000-")]).status,
        416
    );
    assert_eq!(shown(&service, &id)["is_download"], false);
    assert_eq!(
        download(&service, &id, &[("Range", "bytes=1-2")]).status,
        206
    );
    assert_eq!(shown(&service, &id)["is_download"], true);
}
