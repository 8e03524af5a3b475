//! Settings that are wrong, as a person meets them.

use std::fs;
use std::process::{Child, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::sandbox::{Sandbox, said};

/// How long a command may take that can only be refused.
const PATIENCE: Duration = Duration::from_secs(30);

/// The commands that open a database.
const COMMANDS: [&[&str]; 7] = [
    &["serve"],
    &["migrate"],
    &["import", "records.ndjson", "--project", "p1"],
    &["export", "--project", "p1", "--output", "all.csv"],
    &["key", "list"],
    &["retention", "--dry-run"],
    &["partitions"],
];

/// Waits for a process that must end by itself.
fn ended(mut child: Child) -> Output {
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
    }
    let waits = child.try_wait().unwrap().is_none();
    if waits {
        child.kill().unwrap();
    }
    let output = child.wait_with_output().unwrap();
    assert!(!waits, "it waits: {}", said(&output));
    output
}

fn refused(sandbox: &Sandbox, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = sandbox.command(arguments);
    command.env("DESKLEDGER__SERVER__LISTEN", "127.0.0.1:0");
    for (name, value) in variables {
        command.env(name, value);
    }
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let output = ended(child.unwrap());
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    said
}

#[test]
fn a_url_that_no_database_can_have_ends_every_command_with_the_name_of_its_variable() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", "");
    for (url, reason) in [
        (
            "postgres://ann:s3cret@127.0.0.1:1/d?sslmode=nonsense",
            "invalid sslmode value",
        ),
        (
            "postgres://ann:s3cret@127.0.0.1:99999/d",
            "invalid port number",
        ),
        (
            "postgres://ann:s3cret%zz@127.0.0.1:1/d",
            "invalid percent-encoded token",
        ),
        (
            "mysql://ann:s3cret@127.0.0.1/d",
            "must begin with postgres://",
        ),
        ("", "must begin with postgres://"),
    ] {
        for arguments in COMMANDS {
            let said = refused(&sandbox, arguments, &[("DESKLEDGER__DATABASE__URL", url)]);
            let named = "DESKLEDGER__DATABASE__URL in the environment: database.url: ";
            assert!(said.contains(named), "{arguments:?}: {said}");
            assert!(said.contains(reason), "{arguments:?}: {said}");
            assert!(!said.contains("s3cret"), "{said}");
        }
    }
}

#[test]
fn a_file_that_is_no_database_ends_every_command_with_the_line_that_names_it() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", "");
    fs::write(
        sandbox.path("notes.txt"),
        "no database at all\n".repeat(200),
    )
    .unwrap();
    let url = format!("sqlite://{}", sandbox.path("notes.txt").display());
    sandbox.write("wrong.toml", &format!("[database]\n\nurl = '{url}'\n"));
    for arguments in COMMANDS {
        let arguments = [&["--config", "wrong.toml"], arguments].concat();
        let mut command = sandbox.command(&arguments);
        command.env_remove("DESKLEDGER__DATABASE__URL");
        command.env("DESKLEDGER__SERVER__LISTEN", "127.0.0.1:0");
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let output = ended(child.unwrap());
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(
            said.contains("wrong.toml, line 3: database.url: failed to open the database"),
            "{arguments:?}: {said}"
        );
        assert!(said.contains("the file is not a SQLite database"), "{said}");
    }
}

#[test]
fn a_value_of_the_command_line_is_answered_with_what_would_be_right() {
    let sandbox = Sandbox::new();
    for (arguments, expected) in [
        (
            &["generate", "--records", "many"][..],
            "must be a whole number, such as 10000",
        ),
        (
            &["generate", "--records", "-1"],
            "must be a whole number, such as 10000",
        ),
        (
            &["generate", "--records", "1", "--seed", ""],
            "must be a whole number, such as 10000",
        ),
        (
            &["generate", "--records", "1", "--days", "0"],
            "must be a whole number, 1 to ",
        ),
        (
            &["generate", "--records", "1", "--days", "1.5"],
            "must be a whole number, 1 to ",
        ),
        (
            &["retention", "--days", "x"],
            "must be a whole number, 1 to 36600",
        ),
        (
            &["retention", "--days", "99999999999999999999"],
            "must be a whole number, 1 to 36600",
        ),
        (
            &["demo", "--listen", "8080"],
            "must be an IP address and a port, such as 127.0.0.1:8080",
        ),
        (
            &["demo", "--records", "1e6"],
            "must be a whole number, such as 10000",
        ),
    ] {
        let output = ended(
            sandbox
                .command(arguments)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        );
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(!said.contains("digit found"), "{said}");
    }
}

#[test]
fn a_file_that_a_setting_names_is_answered_with_the_line_of_that_setting() {
    let sandbox = Sandbox::new();
    for (text, expected) in [
        (
            "[identity.iam]\nurl = 'https://iam.example.com'\nca_file = '/nowhere/ca.pem'\n",
            "wrong.toml, line 3: identity.iam.ca_file: /nowhere/ca.pem: No such file or directory",
        ),
        (
            "[[access.messages.keys]]\nid = 'a'\nkey_file = '/nowhere/key'\n",
            "wrong.toml, line 3: access.messages.keys[0].key_file: failed to read /nowhere/key: No such file",
        ),
    ] {
        sandbox.write("wrong.toml", text);
        let said = refused(&sandbox, &["--config", "wrong.toml", "serve"], &[]);
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains("os error"), "{said}");
    }
}

#[test]
fn what_has_no_effect_is_in_the_log_at_start() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "idle.toml",
        "[tasks.s3]\nendpoint = 'https://s3.example.com'\n[logging]\nlevel = 'info,nosuch=debug'\n\
         [identity.iam]\nca_file = '/nowhere/ca.pem'\n[[access.messages.keys]]\nid = 'a'\nkey_file = '/nowhere/key'\n",
    );
    let said = refused(&sandbox, &["--config", "idle.toml", "serve"], &[]);
    for expected in [
        "idle.toml, line 2: tasks.s3.endpoint has no effect: ",
        "idle.toml, line 4: logging.level names \"nosuch\", ",
        "idle.toml, line 6: identity.iam.ca_file has no effect: ",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}
