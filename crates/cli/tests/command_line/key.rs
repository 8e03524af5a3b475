//! `deskledger key`.

use std::fs;

use crate::sandbox::{Sandbox, said};

#[test]
fn an_access_key_is_made_listed_and_revoked() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["migrate"]);
    let create = [
        "key",
        "create",
        "--project",
        "p1",
        "--user",
        "ann",
        "--role",
        "te_admin",
    ];
    let said_without = sandbox.fails(&create);
    assert!(
        said_without.contains("identity.sealing_keys"),
        "{said_without}"
    );

    sandbox.write(
        "seal.toml",
        "[[identity.sealing_keys]]\nid = 'a'\nkey = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE='\n",
    );
    let output = sandbox.run(&[&["--config", "seal.toml"], &create[..]].concat());
    assert!(output.status.success(), "{}", said(&output));
    let printed = String::from_utf8(output.stdout).unwrap();
    let (id, secret) = printed.trim_end().split_once('\n').unwrap();
    let id = id.strip_prefix("HUAWEICLOUD_SDK_AK=").unwrap();
    let secret = secret.strip_prefix("HUAWEICLOUD_SDK_SK=").unwrap();
    assert_eq!((id.len(), secret.len()), (20, 40));

    let list = || String::from_utf8(sandbox.run(&["key", "list"]).stdout).unwrap();
    let listed = list();
    assert!(listed.starts_with(&format!("{id}\t")), "{listed}");
    assert!(
        listed.contains("\tactive\tuser \"ann\"\tproject \"p1\"\troles [\"te_admin\"]"),
        "{listed}"
    );
    assert!(!listed.contains(secret));
    let file = fs::read(sandbox.path("records.sqlite3")).unwrap();
    let log = fs::read(sandbox.path("records.sqlite3-wal")).unwrap_or_default();
    let holds = |text: &str| {
        [&file, &log].iter().any(|bytes| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        })
    };
    assert!(holds(id) && !holds(secret));

    assert!(
        sandbox
            .ok(&["key", "revoke", id])
            .contains("within 10 seconds")
    );
    assert!(sandbox.ok(&["key", "revoke", id]).contains("before"));
    assert!(list().contains("\trevoked "), "{}", list());
    assert!(
        sandbox
            .fails(&["key", "revoke", "nobody"])
            .contains("nobody")
    );
}
