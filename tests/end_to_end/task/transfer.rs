//! How the file of a task travels: a permit for each, and no slow client while others wait.

use deskledger_api::ErrorCode;

use super::*;
use crate::client::idle_client_of;
use crate::record::bulky;
use crate::refusal::assert_code;

/// The service, over a task that is done and whose file does not fit into sockets.
fn service_with_file(
    change: impl FnOnce(&mut deskledger_settings::Settings),
) -> (Database, Service, String) {
    let database = Database::sqlite();
    database.fill(PROJECT, bulky(4_000));
    let service = Service::start_with(&database, |settings| {
        settings.limits.downloads_per_project = 1;
        change(settings);
    });
    let id = started(&service, "");
    assert_eq!(ended(&service, &id)["status"], "SUCCESS");
    (database, service, id)
}

fn path(id: &str) -> String {
    format!("/v2/{PROJECT}/export-tasks/{id}/download")
}

#[test]
fn a_project_has_so_many_downloads_at_once_and_no_more() {
    let (_database, service, id) = service_with_file(|settings| {
        settings.limits.queue_seconds = 1;
        settings.limits.min_bytes_per_second = 0;
    });
    let idle = idle_client_of(&service, &path(&id), "");
    assert_code(
        &download(&service, &id, &[]),
        ErrorCode::TooManyRequests,
        "a second download",
    );
    // What sends nothing needs no permit.
    let etag = "*";
    assert_eq!(
        download(&service, &id, &[("If-None-Match", etag)]).status,
        304
    );
    drop(idle);
    let deadline = Instant::now() + Duration::from_secs(60);
    while download(&service, &id, &[]).status != 200 {
        assert!(Instant::now() < deadline, "the permit stays taken");
    }
}

#[test]
fn a_download_that_is_read_too_slowly_ends_while_another_one_waits() {
    let (_database, service, id) = service_with_file(|settings| {
        settings.limits.queue_seconds = 30;
        settings.limits.min_rate_window_seconds = 1;
    });
    let idle = idle_client_of(&service, &path(&id), "");
    let begin = Instant::now();
    assert_eq!(download(&service, &id, &[]).status, 200);
    // That is well before the time-out of a client that reads nothing at all.
    assert!(begin.elapsed() < Duration::from_secs(25));
    let counted = r#"deskledger_slow_transfers_cut_total{kind="downloads"} 1"#;
    let metrics = service.get("/metrics", &[]).body;
    assert!(String::from_utf8_lossy(&metrics).contains(counted));
    drop(idle);
}
