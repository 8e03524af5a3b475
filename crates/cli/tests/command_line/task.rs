//! `deskledger tasks`.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::LINES;
use crate::sandbox::{Sandbox, said};
use crate::service::Service;

#[test]
fn a_task_is_started_shown_downloaded_and_deleted() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    let service = Service::start(&sandbox);
    let run = |arguments: &[&str]| {
        let output = service.run(
            &sandbox,
            &[&["tasks"][..], arguments, &["--project", "p1"]].concat(),
        );
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let id = run(&["start", "--format", "csv", "--user-name", "jy01@local.com"]);
    let id = id.trim_end();
    let deadline = Instant::now() + Duration::from_secs(60);
    while json(&run(&["show", id, "--json"]))["status"] != "SUCCESS" {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(50));
    }
    let started = json(&run(&["start", "--json"]));
    let other = started["task_id"].as_str().unwrap();

    let shown = run(&["show", id]);
    assert!(shown.contains(&format!("task_id: {id}\n")), "{shown}");
    assert!(shown.contains("status: SUCCESS\n"), "{shown}");
    run(&["download", id, "--output", "task.csv"]);
    sandbox.ok(&[
        "export",
        "--project",
        "p1",
        "--output",
        "export.csv",
        "--user-name",
        "jy01@local.com",
    ]);
    let read = |name: &str| fs::read(sandbox.path(name)).unwrap();
    assert_eq!(read("task.csv"), read("export.csv"));

    // The database says the same as the service.
    for arguments in [
        &["list", "--is-download", "true"][..],
        &[
            "list",
            "--status",
            "SUCCESS",
            "--is-download",
            "true",
            "--json",
        ],
        &["list", "--status", "EXPIRED"],
        &["show", id],
    ] {
        let of_database = sandbox.run(&[&["tasks"][..], arguments, &["--project", "p1"]].concat());
        assert!(of_database.status.success(), "{}", said(&of_database));
        let printed = String::from_utf8(of_database.stdout).unwrap();
        assert_eq!(printed, run(arguments), "{arguments:?}");
    }
    let list = run(&["list"]);
    assert!(list.contains(id) && list.contains(other), "{list}");
    let part = service.run(
        &sandbox,
        &["tasks", "list", "--project", "p1", "--limit", "1"],
    );
    assert_eq!(
        said(&part),
        "1 of 2 tasks that match; the next: --offset 1\n"
    );

    run(&["delete", id, other]);
    assert_eq!(json(&run(&["list", "--json"]))["count"], 0);
    let show = ["tasks", "show", id, "--project", "p1"];
    for output in [service.run(&sandbox, &show), sandbox.run(&show)] {
        assert_eq!(output.status.code(), Some(7), "{}", said(&output));
    }
    let delete = ["tasks", "delete", id, "--project", "p1"];
    assert_eq!(service.run(&sandbox, &delete).status.code(), Some(7));
}

#[test]
fn what_a_service_alone_does_needs_its_address() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["start"][..],
        &["download", "a", "--output", "x"],
        &["delete", "a", "b"],
    ] {
        let arguments = [&["tasks"][..], arguments, &["--project", "p1"]].concat();
        let output = sandbox.run(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(said(&output).contains("--url"), "{}", said(&output));
    }
    assert_eq!(sandbox.files(), [""; 0]);
}
