//! `deskledger audits`.

use std::fs;

use deskledger_domain::Clock;
use serde_json::Value;

use crate::sandbox::{Sandbox, said};
use crate::service::Service;
use crate::{LINES, rows};

/// A service with audits: an export, one that was refused, and a deletion that was.
fn with_audits(sandbox: &Sandbox) -> Service {
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    let service = Service::start(sandbox);
    let export = ["export", "--project", "p1", "--output", "e.csv"];
    let output = service.run(sandbox, &export);
    assert!(output.status.success(), "{}", said(&output));
    for arguments in [
        &["tasks", "start", "--project", "p1"][..],
        &["tasks", "delete", "nosuch", "--project", "p1"],
    ] {
        let output = service.command(sandbox, arguments, "bar").output();
        assert_eq!(output.unwrap().status.code(), Some(6));
    }
    service
}

#[test]
fn audits_are_filtered_and_are_the_same_of_the_database_and_of_the_service() {
    let sandbox = Sandbox::new();
    let service = with_audits(&sandbox);
    // An export of audits has an audit too, which comes later.
    let until = Clock::system().now().to_rfc3339();
    let until = ["--start-time", "-1d", "--end-time", &until];
    for (filter, count) in [
        (&[][..], 3),
        (&["--user", "ann"], 1),
        (&["--user", "bob"], 2),
        (&["--user", "Ann"], 0),
        (&["--action", "delete"], 1),
        (&["--via", "export", "--action", "read"], 1),
        (&["--outcome", "done"], 1),
        (&["--outcome", "refused"], 2),
        (
            &["--start-time", "2020-01-01", "--end-time", "2020-02-01"],
            0,
        ),
    ] {
        let filter = match filter {
            ["--start-time", ..] => filter.to_vec(),
            _ => [filter, &until[..]].concat(),
        };
        let list = [&["audits", "list", "--project", "p1"][..], &filter].concat();
        for more in [&[][..], &["--json"], &["--limit", "1"]] {
            let arguments = [&list[..], more].concat();
            let (of_database, of_service) =
                (sandbox.run(&arguments), service.run(&sandbox, &arguments));
            assert!(of_service.status.success(), "{}", said(&of_service));
            assert_eq!(of_database.stdout, of_service.stdout, "{arguments:?}");
            assert_eq!(said(&of_database), said(&of_service), "{arguments:?}");
            if more == ["--json"] {
                let json: Value = serde_json::from_slice(&of_service.stdout).unwrap();
                assert_eq!(json["total_count"], count, "{filter:?}");
            }
        }
        for format in ["csv", "jsonl"] {
            let export = |name: &str, of_service: bool| {
                let name = format!("{name}.{format}");
                let arguments = [
                    &["audits", "export", "--project", "p1", "--output", &name][..],
                    &["--language", "ja_JP", "--time-zone", "Asia/Tokyo"],
                    &filter,
                ]
                .concat();
                let output = if of_service {
                    service.run(&sandbox, &arguments)
                } else {
                    sandbox.run(&arguments)
                };
                assert!(output.status.success(), "{}", said(&output));
                fs::read_to_string(sandbox.path(&name)).unwrap()
            };
            let of_service = export("s", true);
            assert_eq!(of_service, export("d", false), "{filter:?}");
            let lines = of_service.lines().count() - usize::from(format == "csv");
            assert_eq!(lines, count, "{filter:?}");
        }
    }
    for url in [None, Some(service.url())] {
        let name = format!("{}.xlsx", url.is_some());
        let arguments = ["audits", "export", "--project", "p1", "--output", &name];
        let arguments = [&arguments[..], &until[..]].concat();
        let output = match url {
            Some(_) => service.run(&sandbox, &arguments),
            None => sandbox.run(&arguments),
        };
        assert!(output.status.success(), "{}", said(&output));
        assert_eq!(rows(&sandbox.path(&name)).len(), 4);
    }
    // Who may not look is refused, and a mistake is named before anybody is asked.
    let foreign = ["audits", "list", "--project", "p2"];
    assert_eq!(service.run(&sandbox, &foreign).status.code(), Some(6));
    for (option, value) in [
        ("--outcome", "did"),
        ("--via", "post"),
        ("--action", "write"),
        ("--start-time", "yesterday-ish"),
        ("--end-time", "yesterday"),
        ("--limit", "1001"),
    ] {
        let arguments = ["audits", "list", "--project", "p1", option, value];
        assert_eq!(
            service.run(&sandbox, &arguments).status.code(),
            Some(2),
            "{option}"
        );
    }
}
