//! Where results go: standard output that takes none, and what is written to as it goes.

use std::fs;
use std::process::Command;

use crate::LINES;
use crate::sandbox::{Sandbox, said};

/// Commands that write to standard output, and do.
const WRITING: [&[&str]; 19] = [
    &[
        "export",
        "--project",
        "p1",
        "--format",
        "csv",
        "--output",
        "-",
    ],
    &["migrate"],
    &["retention", "--dry-run"],
    &["partitions", "--json"],
    &["openapi"],
    &["list", "--project", "p1"],
    &["list", "--project", "p1", "--all", "--json"],
    &["tasks", "list", "--project", "p1"],
    &["audits", "list", "--project", "p1", "--json"],
    &[
        "token",
        "new",
        "--project",
        "p1",
        "--user",
        "ann",
        "--role",
        "x",
    ],
    &["config", "check", "--show"],
    &["config", "check", "--json"],
    &["completions", "bash"],
    &["man"],
    &["key", "list"],
    &["generate", "--records", "1"],
    &["--help"],
    &["export", "--help"],
    &["--version"],
];

fn filled() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    sandbox.write(
        "seal.toml",
        "[[identity.sealing_keys]]\nid = 'a'\nkey = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE='\n",
    );
    let user = ["--user", "ann", "--project", "p1", "--role", "reader"];
    sandbox.ok(&[&["--config", "seal.toml", "key", "create"][..], &user].concat());
    sandbox
}

#[test]
fn a_full_standard_output_is_an_error_and_no_panic() {
    let sandbox = filled();
    for arguments in WRITING {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = sandbox.command(arguments).stdout(full).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("No space left"), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_closed_standard_output_is_an_error() {
    let sandbox = filled();
    let closed = |arguments: &[&str]| {
        let program = env!("CARGO_BIN_EXE_deskledger");
        let command = ["-c", "exec \"$0\" \"$@\" >&-", program];
        Command::new("sh")
            .args(command)
            .args(arguments)
            .current_dir(sandbox.folder())
            .env("DESKLEDGER__DATABASE__URL", "sqlite://records.sqlite3")
            .output()
            .unwrap()
    };
    for arguments in WRITING {
        let output = closed(arguments);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(
            said.contains("cannot write to standard output: it is closed"),
            "{said}"
        );
    }
    // What goes elsewhere needs none.
    let output = closed(&["export", "--project", "p1", "--output", "all.csv"]);
    assert!(output.status.success(), "{}", said(&output));
    // One that throws away what it gets is open.
    let null = fs::File::options().read(true).write(true).open("/dev/null");
    let output = sandbox.command(WRITING[0]).stdout(null.unwrap()).output();
    assert!(output.unwrap().status.success());
}
