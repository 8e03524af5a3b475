//! Settings that are wrong, as a person meets them.

use std::fs;
use std::process::{Child, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::place::{Place, said};

/// How long a command may take that can only be refused.
const PATIENCE: Duration = Duration::from_secs(30);

/// The commands that open a database.
const COMMANDS: [&[&str]; 6] = [
    &["serve"],
    &["migrate"],
    &["import", "records.ndjson", "--project", "p1"],
    &["export", "--project", "p1", "--output", "all.csv"],
    &["key", "list"],
    &["retention", "--dry-run"],
];

/// Waits for a process that must end by itself.
fn ended(mut child: Child) -> Output {
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("it waits: {}", said(&child.wait_with_output().unwrap()));
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

fn refused(place: &Place, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = place.command(arguments);
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
    let place = Place::new();
    place.write("records.ndjson", "");
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
            let said = refused(&place, arguments, &[("DESKLEDGER__DATABASE__URL", url)]);
            let named = "DESKLEDGER__DATABASE__URL in the environment: database.url: ";
            assert!(said.contains(named), "{arguments:?}: {said}");
            assert!(said.contains(reason), "{arguments:?}: {said}");
            assert!(!said.contains("s3cret"), "{said}");
        }
    }
}

#[test]
fn a_file_that_is_no_database_ends_every_command_with_the_line_that_names_it() {
    let place = Place::new();
    place.write("records.ndjson", "");
    fs::write(place.path("notes.txt"), "no database at all\n".repeat(200)).unwrap();
    let url = format!("sqlite://{}", place.path("notes.txt").display());
    place.write("wrong.toml", &format!("[database]\n\nurl = '{url}'\n"));
    for arguments in COMMANDS {
        let arguments = [&["--config", "wrong.toml"], arguments].concat();
        let mut command = place.command(&arguments);
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
