//! What a caller learns from the exit code.

use crate::sandbox::{Sandbox, said};

fn assert_code(sandbox: &Sandbox, arguments: &[&str], code: i32) {
    let output = sandbox.run(arguments);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
}

#[test]
fn the_exit_code_says_what_a_caller_can_do() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", super::LINES);
    sandbox.write("bad.ndjson", "{}\n");
    let export = ["export", "--project", "p1", "--output", "all.xlsx"];
    assert_code(&sandbox, &["migrate"], 0);
    assert_code(&sandbox, &export, 0);
    let import = ["import", "bad.ndjson", "--project", "p1"];
    assert_code(&sandbox, &import, 1);
    assert_code(
        &sandbox,
        &[&import[..], &["--skip-bad", "aside"]].concat(),
        3,
    );
    assert_code(&sandbox, &["key", "revoke", "nobody"], 1);
    let mut unavailable = sandbox.command(&export);
    unavailable.env("DESKLEDGER__DATABASE__URL", "postgres://127.0.0.1:1/d");
    assert_eq!(unavailable.output().unwrap().status.code(), Some(4));
    let help = sandbox.run(&["--help"]).stdout;
    assert!(
        String::from_utf8(help)
            .unwrap()
            .contains("3  done, but there were bad lines")
    );
}

#[test]
fn whatever_is_refused_before_anything_was_done_ends_with_2() {
    let sandbox = Sandbox::new();
    sandbox.write("wrong.toml", "[limits]\nexportz = 1\n");
    sandbox.write("records.ndjson", super::LINES);
    sandbox.write("aside", "what nobody has corrected yet");
    let export = ["export", "--project", "p1"];
    let with = |rest: &[&'static str]| [&export[..], rest].concat();
    let import = ["import", "records.ndjson", "--project"];
    let create = ["key", "create", "--user", "ann", "--project"];
    // There is no database yet.
    assert_code(&sandbox, &with(&["--output", "all.xlsx"]), 2);
    assert_code(&sandbox, &["migrate"], 0);
    let refused: &[Vec<&str>] = &[
        vec![],
        vec!["fly"],
        vec!["migrate", "--config", "wrong.toml"],
        vec!["migrate", "--config", "nowhere.toml"],
        vec!["demo", "--listen", "0.0.0.0:0"],
        vec!["demo", "--listen", "everywhere"],
        export.to_vec(),
        with(&["--output", "."]),
        with(&["--output", "missing/all.xlsx"]),
        with(&["--output", "records.ndjson/all.xlsx"]),
        with(&["--output", "records.sqlite3", "--format", "csv"]),
        with(&["--output", "all.csv", "--format", "xlsx"]),
        with(&["--output", "all.csv", "--start-time", "yesterday-ish"]),
        vec!["export", "--project", "", "--output", "all.xlsx"],
        vec!["import", "nowhere.ndjson", "--project", "p1"],
        vec!["import", ".", "--project", "p1"],
        [&import[..], &[""]].concat(),
        [&import[..], &["p1", "--skip-bad", "aside"]].concat(),
        [&import[..], &["p1", "--skip-bad", "."]].concat(),
        [&import[..], &["p1", "--skip-bad", "missing/aside"]].concat(),
        [&create[..], &["p1", "--role", "te_admin"]].concat(),
        [&create[..], &["p1"]].concat(),
        vec!["retention", "--days", "0"],
        vec!["partitions", "--from", "2023"],
        vec!["partitions", "--from", "2023-13"],
        vec!["partitions", "--from", "2023-1"],
        vec!["partitions", "--from", "1970-01"],
        vec!["partitions", "--until", "9999-12"],
        vec!["partitions", "--from", "2026-01", "--until", "2026-01"],
        vec!["generate", "--records", "1", "--until", "soon"],
    ];
    for arguments in refused {
        assert_code(&sandbox, arguments, 2);
    }
    sandbox.write(
        "seal.toml",
        "[[identity.sealing_keys]]\nid = 'a'\nkey = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE='\n",
    );
    for rest in [["p1", "--role", ""], ["", "--role", "te_admin"]] {
        let create = [&["--config", "seal.toml"], &create[..], &rest].concat();
        assert_code(&sandbox, &create, 2);
    }
}
