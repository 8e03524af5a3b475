//! `deskledger config check`.

use serde_json::Value;

use crate::sandbox::{Sandbox, said};

const FINE: &str = r#"[[identity.tokens]]
sha256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
user = "ann"
project_id = "p1"
roles = ["te_admin"]
"#;

fn check(sandbox: &Sandbox, settings: &str, options: &[&str]) -> (Option<i32>, String, String) {
    sandbox.write("settings.toml", settings);
    let check = ["--config", "settings.toml", "config", "check"];
    let output = sandbox.run(&[&check[..], options].concat());
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    (output.status.code(), printed, said(&output))
}

#[test]
fn settings_are_checked_as_the_service_reads_them_and_nothing_is_started() {
    let sandbox = Sandbox::new();
    let (code, printed, said) = check(&sandbox, FINE, &[]);
    assert_eq!((code, printed.as_str()), (Some(0), ""), "{said}");
    assert_eq!(said, "the settings are valid\n");
    for (settings, texts) in [
        (
            "[limits]\nexportz = 1\n",
            &["settings.toml, line 2", "exportz"][..],
        ),
        (
            "[limits]\n\nexports = 0\n",
            &["settings.toml, line 3", "limits.exports"],
        ),
        ("[limits\n", &["settings.toml, line 1"]),
        (
            "[[identity.sealing_keys]]\nid = 'a'\nkey_file = '/nowhere/key'\n",
            &["settings.toml, line", "/nowhere/key"],
        ),
        (
            "[identity.iam]\nurl = 'https://iam.example.com'\nca_file = '/nowhere/ca.pem'\n",
            &[
                "settings.toml, line 3",
                "identity.iam.ca_file",
                "/nowhere/ca.pem",
            ],
        ),
    ] {
        let (code, _, said) = check(&sandbox, settings, &[]);
        assert_eq!(code, Some(2), "{settings}: {said}");
        for text in texts {
            assert!(said.contains(text), "{settings}: {said}");
        }
    }
    assert_eq!(sandbox.files(), ["settings.toml"]);
    assert!(!sandbox.path("records.sqlite3").exists());
}

/// What is looked up later is not read from it again, which would wait for ever.
#[test]
#[cfg(unix)]
fn settings_come_from_a_pipe_too() {
    let sandbox = Sandbox::new();
    let made = std::process::Command::new("mkfifo")
        .arg(sandbox.path("pipe"))
        .status();
    assert!(made.unwrap().success());
    for (settings, option, code) in [
        (
            format!("[limits]\nqueue_seconds = 0\nqueue_length = 7\n{FINE}"),
            "--show",
            0,
        ),
        ("[limits]\nexports = 0\n".to_owned(), "--strict", 2),
    ] {
        let pipe = sandbox.path("pipe");
        let writer = std::thread::spawn(move || std::fs::write(pipe, settings).unwrap());
        let check = ["--config", "pipe", "config", "check", option];
        let mut child = sandbox
            .command(&check)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        writer.join().unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if std::time::Instant::now() > deadline {
                child.kill().unwrap();
                panic!("it waits for the pipe");
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        };
        assert_eq!(status.code(), Some(code));
    }
}

#[test]
fn what_has_no_effect_is_a_warning_and_with_strict_an_error() {
    let sandbox = Sandbox::new();
    let settings = format!("[limits]\nqueue_seconds = 0\nqueue_length = 7\n{FINE}");
    let (code, _, said) = check(&sandbox, &settings, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("warning: "), "{said}");
    assert!(
        said.contains("settings.toml, line 3: limits.queue_length"),
        "{said}"
    );
    assert!(
        said.ends_with("the settings are valid, with 1 warning\n"),
        "{said}"
    );
    let (code, _, said) = check(&sandbox, &settings, &["--strict"]);
    assert_eq!(code, Some(2), "{said}");
    let (code, printed, _) = check(&sandbox, &settings, &["--json"]);
    let json: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(
        (code, json["warnings"].as_array().unwrap().len()),
        (Some(0), 1)
    );
    assert!(json.get("settings").is_none());
}

#[test]
fn effective_settings_are_shown_with_what_set_them_and_without_secrets() {
    let sandbox = Sandbox::new();
    let secrets = "[tasks.s3]\nsecret_access_key = 'hunter2'\n[limits]\nexports = 3\n\
        [[identity.sealing_keys]]\nid = 'a'\nkey = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE='\n\
        [[identity.access_keys]]\nid = 'AAAAAAAAAAAAAAAAAAAA'\nsecret = 'hunter2hunter2hunter2hunter2hunter2hunt'\n\
        user = 'ann'\nproject_id = 'p'\nroles = ['te_admin']\n";
    let (code, printed, said) = check(&sandbox, secrets, &["--show"]);
    assert_eq!(code, Some(0), "{said}");
    for hidden in ["hunter2", "MDEy"] {
        assert!(
            !printed.contains(hidden) && !said.contains(hidden),
            "{printed}{said}"
        );
    }
    let line = |key: &str| {
        let line = printed
            .lines()
            .find(|line| line.starts_with(&format!("{key} ")));
        line.unwrap()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        line("limits.exports"),
        "limits.exports 3 settings.toml, line 4"
    );
    assert_eq!(
        line("limits.queries"),
        format!(
            "limits.queries {} default",
            line("limits.queries").split(' ').nth(1).unwrap()
        )
    );
    assert!(line("database.url").ends_with("DESKLEDGER__DATABASE__URL in the environment"));
    assert!(line("identity.sealing_keys[0].key").contains("(hidden)"));

    let (_, printed, _) = check(&sandbox, secrets, &["--show", "--json"]);
    let json: Value = serde_json::from_str(&printed).unwrap();
    let settings = json["settings"].as_array().unwrap();
    let exports = settings
        .iter()
        .find(|setting| setting["key"] == "limits.exports");
    assert_eq!(exports.unwrap()["origin"], "settings.toml, line 4");
    assert!(!printed.contains("hunter2"));
    let password = sandbox
        .command(&["config", "check", "--show"])
        .env(
            "DESKLEDGER__DATABASE__URL",
            "postgres://u:hunter2@127.0.0.1:1/d",
        )
        .output()
        .unwrap();
    assert!(
        password.status.success(),
        "{}",
        crate::sandbox::said(&password)
    );
    let printed = String::from_utf8(password.stdout).unwrap();
    assert!(
        printed.contains("127.0.0.1:1") && !printed.contains("hunter2"),
        "{printed}"
    );
}
