//! What a shell and a reader of manuals know of the commands; and results for scripts.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::LINES;
use crate::sandbox::{Sandbox, said};

const COMMANDS: [&str; 19] = [
    "serve",
    "demo",
    "migrate",
    "generate",
    "openapi",
    "import",
    "export",
    "list",
    "tasks",
    "audits",
    "sessions",
    "key",
    "token",
    "config",
    "retention",
    "partitions",
    "check",
    "completions",
    "man",
];

/// Whether the machine has a program.
fn is_there(program: &str) -> bool {
    let version = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    version.is_ok_and(|status| status.success())
}

#[test]
fn completions_are_scripts_of_their_shells() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = sandbox.run(&["completions", shell]);
        assert!(output.status.success(), "{}", said(&output));
        let script = String::from_utf8(output.stdout).unwrap();
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
        sandbox.write(shell, &script);
        if ["bash", "zsh", "fish"].contains(&shell) && is_there(shell) {
            let checked = Command::new(shell)
                .arg("-n")
                .arg(sandbox.path(shell))
                .output();
            let checked = checked.unwrap();
            assert!(checked.status.success(), "{shell}: {}", said(&checked));
            assert_eq!(said(&checked), "", "{shell}");
        }
    }
    // What bash completes of it.
    let words = "COMP_WORDS=(deskledger audits ex); COMP_CWORD=2; _deskledger deskledger ex audits; echo \"${COMPREPLY[@]}\"";
    let output = Command::new("bash")
        .args(["-c", &format!(". ./bash; {words}")])
        .current_dir(sandbox.folder())
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "export\n",
        "{}",
        said(&output)
    );
    assert_eq!(sandbox.run(&["completions", "tcsh"]).status.code(), Some(2));
}

#[test]
fn every_command_has_a_manual_page_that_is_rendered_without_a_warning() {
    let sandbox = Sandbox::new();
    let page = sandbox.run(&["man"]).stdout;
    fs::create_dir(sandbox.path("man1")).unwrap();
    sandbox.ok(&["man", "man1"]);
    let written = fs::read(sandbox.path("man1/deskledger.1")).unwrap();
    assert!(written == page, "{}", String::from_utf8_lossy(&written));
    assert!(!sandbox.path("man1/deskledger-help.1").exists());
    for command in COMMANDS
        .into_iter()
        .chain(["tasks-start", "audits-export", "token-new"])
    {
        assert!(
            sandbox
                .path(&format!("man1/deskledger-{command}.1"))
                .exists(),
            "{command}"
        );
    }
    assert_eq!(sandbox.run(&["man", "nowhere"]).status.code(), Some(2));
    if !is_there("man") {
        return;
    }
    for entry in fs::read_dir(sandbox.path("man1")).unwrap() {
        let path = entry.unwrap().path();
        let rendered = Command::new("man")
            .args(["--warnings", "-E", "UTF-8", "-l", "-Tutf8"])
            .arg(&path)
            .env("MANWIDTH", "100")
            .output()
            .unwrap();
        let warnings = said(&rendered);
        // A machine without groff renders nothing.
        if !rendered.status.success() && warnings.contains("groff") {
            return;
        }
        assert!(rendered.status.success(), "{}: {warnings}", path.display());
        assert_eq!(warnings, "", "{}", path.display());
    }
}

#[test]
fn every_command_that_a_script_reads_prints_json() {
    let sandbox = Sandbox::new();
    sandbox.write("records.ndjson", LINES);
    let json = |arguments: &[&str]| -> Value {
        let output = sandbox.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        let printed = String::from_utf8(output.stdout.clone()).unwrap();
        assert_eq!(printed.lines().count(), 1, "{printed}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert!(
        !json(&["migrate", "--json"])["migrations"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        json(&["migrate", "--json"])["migrations"],
        serde_json::json!([])
    );
    sandbox.ok(&["import", "records.ndjson", "--project", "p1"]);
    assert_eq!(json(&["retention", "--json"])["before"], Value::Null);
    // SQLite has none.
    let none = serde_json::json!([]);
    assert_eq!(json(&["partitions", "--json"])["partitions"], none);
    let made = json(&["partitions", "--from", "2023-01", "--json"]);
    assert_eq!(made["made_partitions"], none);
    let dry = json(&["retention", "--json", "--days", "30", "--dry-run"]);
    assert_eq!(
        (&dry["records"], &dry["dry_run"]),
        (&2.into(), &true.into())
    );
    assert_eq!(dry["months"][0]["month"], "2020-04");
    let done = json(&["retention", "--json", "--days", "30"]);
    assert_eq!(
        (&done["records"], &done["incomplete"]),
        (&2.into(), &0.into())
    );

    sandbox.write(
        "seal.toml",
        "[[identity.sealing_keys]]\nid = 'a'\nkey = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE='\n",
    );
    let create = [
        "--config",
        "seal.toml",
        "key",
        "create",
        "--project",
        "p1",
        "--user",
        "ann",
        "--role",
        "x",
    ];
    let created = sandbox.run(&create).stdout;
    let secret = String::from_utf8(created).unwrap();
    let secret = secret.trim_end().rsplit('=').next().unwrap().to_owned();
    let keys = json(&["key", "list", "--json"]);
    let key = &keys["access_keys"][0];
    assert_eq!(
        (&key["user"], &key["revoked_at"]),
        (&"ann".into(), &Value::Null)
    );
    assert!(!keys.to_string().contains(&secret));
    sandbox.ok(&["key", "revoke", key["id"].as_str().unwrap()]);
    assert!(json(&["key", "list", "--json"])["access_keys"][0]["revoked_at"].is_string());
}

#[test]
fn the_help_of_commands_that_ask_has_the_exit_codes() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["list"][..],
        &["export"],
        &["import"],
        &["tasks"],
        &["tasks", "start"],
        &["audits", "export"],
        &["config", "check"],
    ] {
        let output = sandbox.run(&[arguments, &["--help"]].concat());
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(
            help.contains("\n  6  the service refused"),
            "{arguments:?}: {help}"
        );
        assert!(
            help.contains("\n  7  there is no such thing"),
            "{arguments:?}: {help}"
        );
    }
}
