use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use tempfile::NamedTempFile;

/// The project of the token.
pub(crate) const PROJECT: &str = "p1";

/// The SHA-256 of "foo".
const SETTINGS: &str = r#"
[server]
listen = "127.0.0.1:0"
[logging]
format = "json"
[[identity.tokens]]
sha256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
user = "ann"
project_id = "p1"
roles = ["te_admin"]
[limits]
record_batch = 50
"#;

/// A process of the service, killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    address: String,
}

impl Process {
    /// Starts it over a database, and waits until it answers.
    pub(crate) fn start(url: &str) -> Self {
        let mut settings = NamedTempFile::new().unwrap();
        settings.write_all(SETTINGS.as_bytes()).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_deskledger"))
            .args(["serve", "--config"])
            .arg(settings.path())
            .env("DESKLEDGER__DATABASE__URL", url)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = log
            .by_ref()
            .find_map(|line| {
                let line = line.unwrap();
                let (_, address) = line.split_once(r#""address":""#)?;
                Some(address.split('"').next().unwrap().to_owned())
            })
            .unwrap();
        // Somebody must read the log, or the process would wait.
        std::thread::spawn(move || log.for_each(drop));
        Self { child, address }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Kills it, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
