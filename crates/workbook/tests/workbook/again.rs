//! Runs one test alone, in a process of its own.

use std::process::Command;

/// Set in the process of its own.
const ALONE: &str = "DESKLEDGER_TEST_ALONE";

/// Whether this process was started by [`run`].
#[expect(
    clippy::disallowed_methods,
    reason = "the test recognizes its own process by the environment"
)]
pub(crate) fn is_alone() -> bool {
    std::env::var_os(ALONE).is_some()
}

/// Runs the test of this name again, alone, after a line of shell; fails if it does.
pub(crate) fn run(name: &str, shell: &str) {
    let output = Command::new("sh")
        .args(["-c", &format!(r#"{shell}; exec "$0" --exact "$1""#)])
        .arg(std::env::current_exe().unwrap())
        .arg(name)
        .env(ALONE, "1")
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("1 passed"), "{shown}");
}
