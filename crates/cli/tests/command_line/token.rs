//! `deskledger token`.

use serde_json::Value;

use crate::sandbox::{Sandbox, said};
use crate::service::Service;

const NEW: [&str; 4] = ["token", "new", "--project", "p1"];

#[test]
fn a_new_token_opens_a_service_whose_settings_have_its_block() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["migrate"]);
    let user = "Ann \"the\\admin\" O'Neil\u{7f}\u{202e} 周";
    let roles = ["--role", "te_admin", "--role", "wks_auditor"];
    let arguments = [&NEW[..], &["--user", user], &roles].concat();
    let output = sandbox.run(&arguments);
    assert!(output.status.success(), "{}", said(&output));
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    let (token, block) = printed.split_once("\n\n").unwrap();
    let token = token.strip_prefix("DESKLEDGER_TOKEN=").unwrap();
    assert_eq!(token.len(), 43);
    assert!(
        block.starts_with("[[identity.tokens]]\nsha256 = \""),
        "{block}"
    );
    assert!(!block.contains(token) && !said(&output).contains(token));

    let service = Service::start_with(&sandbox, block);
    let list = ["list", "--project", "p1"];
    let output = service.command(&sandbox, &list, token).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));

    let output = sandbox.run(&[&arguments[..], &["--json"]].concat());
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_ne!(json["token"], token);
    assert_eq!(json["user"], user);
    assert_eq!(json["project_id"], "p1");
    assert_eq!(
        json["roles"],
        serde_json::json!(["te_admin", "wks_auditor"])
    );
    let block = json["settings"].as_str().unwrap();
    assert!(block.contains(json["sha256"].as_str().unwrap()));
    sandbox.write("settings.toml", block);
    sandbox.ok(&["--config", "settings.toml", "config", "check", "--strict"]);
}

#[test]
fn a_token_of_nobody_is_refused() {
    let sandbox = Sandbox::new();
    for arguments in [
        &[&NEW[..], &["--user", "", "--role", "te_admin"]].concat()[..],
        &[&NEW[..], &["--user", "ann", "--role", ""]].concat(),
        &[&NEW[..], &["--user", "ann"]].concat(),
        &[
            "token",
            "new",
            "--project",
            "",
            "--user",
            "ann",
            "--role",
            "x",
        ],
    ] {
        let output = sandbox.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
}
