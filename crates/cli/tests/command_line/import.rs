//! `deskledger import`, where lines are bad.

use std::fs;

use super::{LINES, Sandbox, rows, said};

#[test]
fn a_bad_line_stops_the_import_and_nothing_of_its_batch_is_written() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "records.ndjson",
        &format!("{LINES}{{\"transaction_id\":\"c\",\"network_rtt\":\"fast\"}}\n"),
    );
    let said = sandbox.fails(&["import", "records.ndjson", "--project", "p1"]);
    assert!(said.contains("line 3: network_rtt"), "{said}");
    assert!(said.contains("nothing was imported"), "{said}");
    sandbox.ok(&["export", "--project", "p1", "--output", "all.xlsx"]);
    assert_eq!(rows(&sandbox.path("all.xlsx")).len(), 1);
}

#[test]
fn bad_lines_are_written_aside_and_never_over_others() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", &format!("{LINES}nonsense\n"));
    let import = [
        "import",
        "records.ndjson",
        "--project",
        "p1",
        "--skip-bad",
        "bad.ndjson",
    ];
    let output = sandbox.run(&import);
    // Done, but not with every line.
    assert_eq!(output.status.code(), Some(3));
    let said = said(&output);
    assert!(said.contains("imported 2 records"), "{said}");
    assert!(said.contains("line 3: "), "{said}");
    assert!(
        said.contains("1 bad lines were written to bad.ndjson"),
        "{said}"
    );
    assert_eq!(
        fs::read_to_string(sandbox.path("bad.ndjson")).unwrap(),
        "nonsense\n"
    );
    let said = sandbox.fails(&import);
    assert!(said.contains("bad.ndjson"), "{said}");
}

#[test]
fn bad_lines_go_to_what_exists_and_is_no_regular_file() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", &format!("{LINES}nonsense\n"));
    let import = |aside: &str| {
        let arguments = [
            "import",
            "records.ndjson",
            "--project",
            "p1",
            "--skip-bad",
            aside,
        ];
        let output = sandbox.run(&arguments);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(import("-"), "nonsense\n");
    assert_eq!(import("/dev/stdout"), "nonsense\n");
    assert_eq!(import("/dev/null"), "");
    assert_eq!(sandbox.files(), ["records.ndjson"]);

    // A symbolic link to a file that exists is refused before anything is imported; to a free name it is followed.
    std::os::unix::fs::symlink("records.ndjson", sandbox.path("link")).unwrap();
    let said = sandbox.fails(&[
        "import",
        "records.ndjson",
        "--project",
        "p2",
        "--skip-bad",
        "link",
    ]);
    assert!(said.contains("link exists"), "{said}");
    std::os::unix::fs::symlink("new.ndjson", sandbox.path("dangling")).unwrap();
    import("dangling");
    assert_eq!(
        fs::read_to_string(sandbox.path("new.ndjson")).unwrap(),
        "nonsense\n"
    );
}

#[test]
fn no_file_for_bad_lines_is_left_where_none_is_bad() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    sandbox.ok(&[
        "import",
        "records.ndjson",
        "--project",
        "p1",
        "--skip-bad",
        "bad.ndjson",
    ]);
    assert_eq!(sandbox.files(), ["records.ndjson"]);
}

#[test]
fn an_import_names_the_file_that_cannot_be_read_or_written() {
    let sandbox = Sandbox::new();
    sandbox.write("bad.ndjson", "no record\n");
    let said = sandbox.fails(&["import", ".", "--project", "p1"]);
    assert!(said.contains("cannot read .: it is a folder"), "{said}");
    let arguments = ["import", "bad.ndjson", "--project", "p1", "--skip-bad"];
    let said = sandbox.fails(&[&arguments[..], &["missing/aside"]].concat());
    assert!(said.contains("missing/aside"), "{said}");
}
