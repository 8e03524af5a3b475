//! What commands say for people: sizes, names of files, addresses.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::{LINES, Sandbox};

#[test]
fn an_export_reports_its_size_in_units_that_are_read_at_a_glance() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    let said = sandbox.ok(&["export", "--project", "p1", "--output", "all.xlsx"]);
    assert!(said.contains("wrote 2 records, "), "{said}");
    assert!(said.contains(" KiB, to all.xlsx in "), "{said}");
    assert!(!said.contains(" bytes"), "{said}");
}

#[test]
fn a_file_that_cannot_be_made_is_named_as_it_was_given_and_no_temporary_one_is() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["migrate"]);
    for arguments in [
        &["export", "--project", "p1", "--output", "nowhere/all.csv"][..],
        &["export", "--project", "p1", "--output", "/proc/all.csv"],
    ] {
        let said = sandbox.fails(arguments);
        let named = arguments.last().unwrap();
        assert!(said.contains(&format!("cannot write {named}")), "{said}");
        assert!(!said.contains(".part"), "{said}");
        assert!(!said.contains(".deskledger"), "{said}");
    }
}

#[test]
fn the_demonstration_begins_with_the_address_to_open_and_its_log_follows() {
    let sandbox = Sandbox::new();
    let command = format!(
        "exec {} demo --listen 127.0.0.1:0 --records 10 2>&1",
        env!("CARGO_BIN_EXE_deskledger")
    );
    let mut child = sandbox
        .shell(&command)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(first.starts_with("Open http://127.0.0.1:"), "{first}");
}

#[test]
fn the_demonstration_prints_an_address_to_open() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .command(&["demo", "--listen", "127.0.0.1:0", "--records", "10"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines
        .map(Result::unwrap)
        // Its last line, after which it would be waited for.
        .take_while(|line| !line.starts_with("Ctrl-C"))
        .flat_map(|line| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .find(|word| word.starts_with("http://127.0.0.1:") && word.ends_with("/explorer"));
    let page = address.map(|address| ureq::get(address).call().unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
    let content_type = page.unwrap().headers()["content-type"].clone();
    assert_eq!(content_type, "text/html; charset=utf-8");
}
