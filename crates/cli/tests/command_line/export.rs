//! `deskledger export`.

use std::fs;
use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};

use super::{LINES, Sandbox, rows, said};

#[test]
fn export_takes_the_filters_of_the_endpoint() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    sandbox.ok(&[
        "export",
        "--project",
        "p1",
        "--output",
        "one.xlsx",
        "--start-time",
        "2020-04-24T03:02:47Z",
        "--end-time",
        "2020-04-24T11:02:48+08:00",
        "--user-name",
        "JY01@local.com",
        "--language",
        "zh_CN",
        "--time-zone",
        "Asia/Shanghai",
    ]);
    let rows = rows(&sandbox.path("one.xlsx"));
    assert_eq!(rows.len(), 2);
    assert_eq!(
        rows[0][6],
        Data::String("开始连接时间 (Asia/Shanghai)".to_owned())
    );
    assert_eq!(rows[1][21], Data::String("a".to_owned()));
}

#[test]
fn the_name_of_the_file_says_its_format_unless_another_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    let export = |project: &str, arguments: &[&str]| {
        let arguments = [&["export", "--project", project, "--output"], arguments].concat();
        sandbox.ok(&arguments);
        fs::read(sandbox.path(arguments[4])).unwrap()
    };
    let json = export("p1", &["all.jsonl"]);
    assert_eq!(std::str::from_utf8(&json).unwrap().lines().count(), 2);
    // What another ending stands for only the caller knows.
    assert_eq!(export("p1", &["all.txt", "--format", "jsonl"]), json);
    assert!(export("p1", &["all.pdf", "--format", "xlsx"]).starts_with(b"PK"));
    let csv = export("p1", &["ALL.CSV"]);
    assert!(csv.starts_with("\u{feff}\"Username\",".as_bytes()));
    assert_eq!(export("p1", &["all.2026-11", "--format", "csv"]), csv);
    assert_eq!(export("p1", &["all.ndjson"]), json);
    export("p1", &["all"]);
    assert_eq!(rows(&sandbox.path("all")).len(), 3);

    // JSON Lines go back in as they came out.
    sandbox.ok(&["import", "all.jsonl", "--project", "p2"]);
    assert_eq!(export("p2", &["again.jsonl"]), json);
}

#[test]
fn a_summary_is_a_sheet_behind_the_records_of_a_workbook_alone() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    let export = ["export", "--project", "p1", "--summary", "--output"];
    let said = sandbox.ok(&[&export[..], &["all.xlsx"]].concat());
    assert!(said.contains("wrote 2 records"), "{said}");
    let mut workbook: Xlsx<_> =
        Xlsx::new(Cursor::new(fs::read(sandbox.path("all.xlsx")).unwrap())).unwrap();
    let sheets = workbook.worksheets();
    assert_eq!(sheets[0].1.height(), 3);
    let (name, summary) = &sheets[1];
    assert_eq!((name.as_str(), sheets.len()), ("Summary", 2));
    let text = |text: &str| Data::String(text.to_owned());
    let mut rows = summary.rows();
    let total = rows.find(|row| row[0] == text("Records in all")).unwrap();
    assert_eq!(total[2], Data::Float(2.0));
    assert!(rows.any(|row| row[1] == text("jy01@local.com")));

    for other in [&["all.csv"][..], &["all.txt", "--format", "jsonl"]] {
        let said = sandbox.fails(&[&export[..], other].concat());
        assert!(said.contains("summary is true and format is "), "{said}");
    }
}

#[test]
fn an_export_that_fails_leaves_what_was_there_and_nothing_else() {
    let sandbox = Sandbox::new();
    sandbox.write("old.xlsx", "what was there");
    let mut command = sandbox.command(&["export", "--project", "p1", "--output", "old.xlsx"]);
    let output = command
        .env(
            "DESKLEDGER__DATABASE__URL",
            "postgres://u:hunter2@127.0.0.1:1/d",
        )
        .output();
    let output = output.unwrap();
    assert!(!output.status.success());
    assert!(!said(&output).contains("hunter2"), "{}", said(&output));
    assert_eq!(
        fs::read_to_string(sandbox.path("old.xlsx")).unwrap(),
        "what was there"
    );
    assert_eq!(sandbox.files(), ["old.xlsx"]);

    sandbox.ok(&["migrate"]);
    let said = sandbox.fails(&["export", "--project", "p1", "--output", "missing/new.xlsx"]);
    assert!(said.contains("missing/new.xlsx"), "{said}");
}

#[test]
#[cfg(unix)]
fn an_export_replaces_neither_its_database_nor_its_settings() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    let database = "records.sqlite3";
    sandbox.write("settings", "[logging]\nlevel = 'warn'\n");
    for (link, file) in [("database-link", database), ("settings-link", "settings")] {
        std::os::unix::fs::symlink(file, sandbox.path(link)).unwrap();
    }
    let before = (sandbox.files(), fs::read(sandbox.path(database)).unwrap());
    for (output, culprit) in [
        (database, ""),
        ("database-link", ""),
        ("settings", "the file of the settings"),
        ("settings-link", "the file of the settings"),
    ] {
        let said = sandbox.fails(&[
            "--config",
            "settings",
            "export",
            "--project",
            "p1",
            "--output",
            output,
        ]);
        assert!(
            said.contains("cannot write ") || said.contains("no format of exports"),
            "{said}"
        );
        assert!(said.contains(culprit), "{said}");
    }
    assert_eq!(
        (sandbox.files(), fs::read(sandbox.path(database)).unwrap()),
        before
    );

    std::os::unix::fs::symlink("real.csv", sandbox.path("alias.xlsx")).unwrap();
    sandbox.ok(&["export", "--project", "p1", "--output", "alias.xlsx"]);
    let text = fs::read_to_string(sandbox.path("real.csv")).unwrap();
    assert!(text.starts_with('\u{feff}'), "{text}");
}

#[test]
fn a_file_never_gets_the_name_of_another_format() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    let before = sandbox.files();
    for (arguments, culprit) in [
        (
            &["all.csv", "--format", "xlsx"][..],
            "all.csv is the name of a file of the format csv",
        ),
        (
            &["all.xlsx", "--format", "csv"],
            "all.xlsx is the name of a file of the format xlsx",
        ),
        (&["all.pdf"], "all.pdf ends in .pdf"),
        (&["all.csv.gz"], "all.csv.gz ends in .gz"),
    ] {
        let said = sandbox.fails(&[&["export", "--project", "p1", "--output"], arguments].concat());
        assert!(said.contains(culprit), "{said}");
    }
    assert_eq!(sandbox.files(), before);
}

#[test]
fn what_is_no_regular_file_is_written_to_and_never_replaced() {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};

    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    let export = |output: &str| {
        let arguments = [
            "export",
            "--project",
            "p1",
            "--format",
            "jsonl",
            "--output",
            output,
        ];
        let output = sandbox.run(&arguments);
        assert!(output.status.success(), "{}", said(&output));
        output.stdout
    };
    let is_device = || {
        fs::metadata("/dev/null")
            .unwrap()
            .file_type()
            .is_char_device()
    };

    let before = sandbox.files();
    let json = export("-");
    assert_eq!(std::str::from_utf8(&json).unwrap().lines().count(), 2);
    assert_eq!(export("/dev/stdout"), json);
    export("/dev/null");
    assert!(is_device());
    symlink("/dev/null", sandbox.path("null")).unwrap();
    export("null");
    assert!(is_device());
    assert!(sandbox.path("null").is_symlink());
    fs::remove_file(sandbox.path("null")).unwrap();
    assert_eq!(sandbox.files(), before);

    // A FIFO is written to.
    let fifo_made = std::process::Command::new("mkfifo")
        .arg(sandbox.path("fifo"))
        .status();
    assert!(fifo_made.unwrap().success());
    let fifo = sandbox.path("fifo");
    let reader = std::thread::spawn(move || fs::read(fifo).unwrap());
    export("fifo");
    assert_eq!(reader.join().unwrap(), json);
    assert!(
        fs::metadata(sandbox.path("fifo"))
            .unwrap()
            .file_type()
            .is_fifo()
    );

    // Of a symbolic link the target is replaced, and keeps its permissions.
    sandbox.write("target", "old");
    fs::set_permissions(sandbox.path("target"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("target", sandbox.path("link")).unwrap();
    export("link");
    assert!(sandbox.path("link").is_symlink());
    assert_eq!(fs::read(sandbox.path("target")).unwrap(), json);
    let mode = fs::metadata(sandbox.path("target"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);

    let said = sandbox.fails(&["export", "--project", "p1", "--output", "."]);
    assert!(said.contains("it is a folder"), "{said}");
}

#[test]
fn a_command_that_reads_makes_no_database() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["export", "--project", "p1", "--output", "all.xlsx"][..],
        &["key", "list"],
        &["retention", "--dry-run"],
        &["list", "--project", "p1"],
        &["tasks", "list", "--project", "p1"],
        &["audits", "list", "--project", "p1"],
        &["audits", "export", "--project", "p1", "--output", "all.csv"],
    ] {
        let said = sandbox.fails(arguments);
        assert!(said.contains("there is no database "), "{said}");
        assert!(said.contains("records.sqlite3: set database.url"), "{said}");
    }
    assert!(!sandbox.path("records.sqlite3").exists());
}

#[test]
fn an_export_without_records_says_what_may_be_wrong() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    let export = |project: &str| {
        let user = [
            "--user-name",
            "nobody",
            "--output",
            "none.csv",
            "--project",
            project,
        ];
        sandbox.ok(&[&["export"][..], &user].concat())
    };
    assert!(export("p1").contains("no record matched; the project p1 has 2 records"));
    assert!(export("P1").contains("no record matched: the project P1 has no records"));
}

#[test]
fn a_time_can_be_a_date_or_so_long_ago() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    let export = |times: &[&str]| {
        let output = ["export", "--project", "p1", "--output", "some.jsonl"];
        sandbox.ok(&[&output[..], times].concat());
        fs::read_to_string(sandbox.path("some.jsonl"))
            .unwrap()
            .lines()
            .count()
    };
    assert_eq!(
        export(&["--start-time", "2020-04-24", "--end-time", "2020-04-25"]),
        2
    );
    assert_eq!(export(&["--start-time", "2020-04-25"]), 0);
    assert_eq!(export(&["--start-time", "-7d", "--end-time", "now"]), 0);
    assert_eq!(
        export(&["--start-time=2020-04-24", "--end-time", "yesterday"]),
        2
    );
    let wrong = [
        "export",
        "--project",
        "p1",
        "--output",
        "x.csv",
        "--start-time",
        "tomorrow",
    ];
    assert!(sandbox.fails(&wrong).contains("start_time"));
}

#[test]
fn a_text_that_is_no_time_is_answered_with_what_may_be_typed() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["migrate"]);
    let arguments = ["export", "--project", "p1", "--output", "x.csv"];
    for text in ["tomorrow", "7d", "2025-02-30"] {
        let said = sandbox.fails(&[&arguments[..], &["--start-time", text]].concat());
        assert!(said.contains("yesterday") && said.contains("-7d"), "{said}");
    }
}
