use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::rows;
use crate::sandbox::{Sandbox, said};

const README: &str = include_str!("../../../../README.md");

/// The block of commands for a shell that holds a text.
fn block(text: &str) -> &'static str {
    let mut blocks = README.split("```sh\n").skip(1);
    let block = blocks.find_map(|rest| {
        rest.split("```")
            .next()
            .filter(|block| block.contains(text))
    });
    block.unwrap()
}

#[test]
fn the_commands_of_the_readme_work_at_any_date() {
    let sandbox = Sandbox::new();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_deskledger"));
    let commands = block("deskledger generate").replace(
        "$PWD/target/release",
        program.parent().unwrap().to_str().unwrap(),
    );
    let output = sandbox
        .shell(&commands)
        .env_remove("DESKLEDGER__DATABASE__URL")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(rows(&sandbox.path("records.xlsx")).len(), 10_001);
    for time in ["20-", "202"] {
        assert!(!commands.contains(time), "a date passes: {commands}");
    }
}

/// A range of fixed times was empty 30 days after it was written.
#[test]
fn the_request_of_the_readme_finds_records_of_the_demonstration_at_any_date() {
    let sandbox = Sandbox::new();
    let mut demonstration = sandbox
        .command(&["demo", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(demonstration.stdout.take().unwrap()).lines();
    let address = lines
        .map(Result::unwrap)
        // Its last line, after which it would be waited for.
        .take_while(|line| !line.starts_with("Ctrl-C"))
        .find_map(|line| {
            let (_, address) = line.split_once("http://")?;
            Some(address.split('/').next().unwrap().to_owned())
        });
    let request = block("connections/desktops/export");
    let command = request.replace("127.0.0.1:8080", &address.unwrap());
    let output = sandbox.shell(&command).output().unwrap();
    demonstration.kill().unwrap();
    demonstration.wait().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let files = std::fs::read_dir(sandbox.folder()).unwrap();
    let workbook = files
        .map(|file| file.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "xlsx"));
    assert!(rows(&workbook.unwrap()).len() > 1);
    for time in ["_time=20", "_time=-"] {
        assert!(!request.contains(time), "a date passes: {request}");
    }
}

#[test]
fn the_readme_is_read_in_a_minute() {
    assert!(README.lines().count() < 150);
}
