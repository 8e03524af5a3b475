use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::sandbox::Sandbox;

const SIGNALS: [(&str, i32); 4] = [("HUP", 1), ("INT", 2), ("QUIT", 3), ("TERM", 15)];

fn send(signal: &str, child: &Child) {
    let killed = Command::new("kill")
        .args([format!("-{signal}"), child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
}

fn wait(child: &mut Child) -> ExitStatus {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A demonstration, read up to the line with this text. Its temporary files are in the folder `temporary` of `sandbox`.
fn demo(sandbox: &Sandbox, records: &str, until: Option<&str>) -> Child {
    let temporary = sandbox.path("temporary");
    fs::create_dir_all(&temporary).unwrap();
    let mut child = sandbox
        .command(&["demo", "--listen", "127.0.0.1:0", "--records", records])
        .env("TMPDIR", &temporary)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    if let Some(text) = until {
        let output = BufReader::new(child.stdout.as_mut().unwrap());
        let found = output.lines().any(|line| line.unwrap().contains(text));
        assert!(found, "{text}");
    }
    child
}

fn left(sandbox: &Sandbox) -> Vec<String> {
    let entries = fs::read_dir(sandbox.path("temporary")).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn until_something_is_left(sandbox: &Sandbox) {
    let began = Instant::now();
    while left(sandbox).is_empty() {
        assert!(began.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_demonstration_that_a_signal_ends_leaves_no_database_behind() {
    let sandbox = Sandbox::new();
    for (signal, _) in SIGNALS {
        let mut child = demo(&sandbox, "100", Some("Ctrl-C"));
        assert_eq!(left(&sandbox).len(), 1, "{signal}");
        send(signal, &child);
        wait(&mut child);
        assert_eq!(left(&sandbox), [""; 0], "{signal}");
    }
}

#[test]
fn a_demonstration_that_a_signal_ends_while_it_is_filled_leaves_no_database_behind() {
    let sandbox = Sandbox::new();
    for (signal, number) in [("HUP", 1), ("TERM", 15)] {
        let mut child = demo(&sandbox, "100000000", None);
        until_something_is_left(&sandbox);
        send(signal, &child);
        let status = wait(&mut child);
        assert_eq!(left(&sandbox), [""; 0], "{signal}");
        assert_eq!(status.code(), Some(128 + number), "{signal}: {status}");
    }
}

#[test]
fn a_demonstration_whose_output_nobody_reads_goes_on() {
    let sandbox = Sandbox::new();
    let mut child = demo(&sandbox, "100", None);
    drop(child.stdout.take());
    until_something_is_left(&sandbox);
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none());
    send("TERM", &child);
    wait(&mut child);
    assert_eq!(left(&sandbox), [""; 0]);
}

/// An export that is far from its end, with its temporary file there.
fn export(sandbox: &Sandbox, before: &str) -> Child {
    let program = env!("CARGO_BIN_EXE_deskledger");
    let mut child = Command::new("sh")
        .args([
            "-c",
            &format!("{before} exec {program} export --project p1 --output all.xlsx"),
        ])
        .current_dir(sandbox.folder())
        .env("DESKLEDGER__DATABASE__URL", "sqlite://records.sqlite3")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while !sandbox
        .files()
        .iter()
        .any(|name| name.starts_with(".deskledger-"))
    {
        assert!(began.elapsed() < Duration::from_secs(30));
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

fn filled() -> Sandbox {
    let sandbox = Sandbox::new();
    let generated = sandbox.run(&["generate", "--records", "15000"]).stdout;
    fs::write(sandbox.path("records.sqlite3.ndjson"), generated).unwrap();
    sandbox.ok(&["import", "records.sqlite3.ndjson", "--project", "p1"]);
    sandbox
}

#[test]
fn an_export_that_a_signal_ends_leaves_no_file_behind() {
    let sandbox = filled();
    for (signal, number) in SIGNALS {
        let mut child = export(&sandbox, "");
        send(signal, &child);
        let status = wait(&mut child);
        let mut said = String::new();
        child.stderr.unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(sandbox.files(), [""; 0], "{signal}: {said}");
        assert_eq!(status.code(), Some(128 + number), "{signal}: {said}");
        assert_eq!(status.signal(), None);
        assert!(said.contains("the export is not whole"), "{said}");
    }
}

#[test]
fn an_export_that_ignores_hang_ups_goes_on_when_its_terminal_is_closed() {
    let sandbox = filled();
    let mut child = export(&sandbox, "trap '' HUP;");
    send("HUP", &child);
    assert!(wait(&mut child).success());
    assert_eq!(sandbox.files(), ["all.xlsx"]);
}

/// Ends an export that writes to what nobody reads, by a signal, and says how long that took.
fn end_of_unread(mut command: Command) -> Duration {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(700));
    assert!(
        child.try_wait().unwrap().is_none(),
        "it waits for no reader"
    );
    let began = Instant::now();
    send("TERM", &child);
    let status = wait(&mut child);
    let duration = began.elapsed();
    let mut said = String::new();
    child.stderr.unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(status.code(), Some(128 + 15), "{said}");
    assert!(said.contains("the export is not whole"), "{said}");
    duration
}

#[test]
fn an_export_that_waits_for_its_reader_ends_at_a_signal() {
    const SOON: Duration = Duration::from_secs(3);

    let sandbox = filled();
    let fifo = sandbox.path("fifo");
    let made = Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    let to = |output: &str| {
        let format = ["--format", "jsonl", "--output", output];
        sandbox.command(&[&["export", "--project", "p1"][..], &format].concat())
    };
    // Nobody opens the FIFO.
    assert!(end_of_unread(to("fifo")) < SOON);
    // Its reader reads nothing.
    let silent = fs::File::options().read(true).write(true).open(&fifo);
    assert!(end_of_unread(to("fifo")) < SOON);
    drop(silent);
    // Nor does what stands behind a pipe.
    let (_reader, writer) = std::io::pipe().unwrap();
    let mut piped = to("-");
    piped.stdout(writer);
    assert!(end_of_unread(piped) < SOON);
}
