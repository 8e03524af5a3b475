use std::fs::OpenOptions;
use std::io;
use std::sync::{Arc, Mutex, Once};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Everything that this process logs, also what the libraries say and nobody shows.
const LEVEL: &str = "trace";

/// What the process logged since [`Log::capture`].
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Keeps what this process logs from now on. It must be the first to do so: before any service starts.
    pub fn capture() -> Self {
        let log = Self::default();
        assert!(start(log.clone()), "this process logs elsewhere already");
        log
    }

    /// What was logged until now.
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Adds what this process logs to the file that the test command names, which it searches for secrets at the end.
#[expect(
    clippy::disallowed_methods,
    reason = "the test command says in the environment where the log goes"
)]
pub(crate) fn keep() {
    static STARTED: Once = Once::new();

    STARTED.call_once(|| {
        if let Some(path) = std::env::var_os("DESKLEDGER_TEST_LOG") {
            let file = OpenOptions::new().create(true).append(true).open(path);
            start(Arc::new(file.unwrap()));
        }
    });
}

/// Starts the log of this process. Returns false where a log was started before.
fn start(writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) -> bool {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(LEVEL))
        .with_ansi(false)
        .with_writer(writer)
        .try_init()
        .is_ok()
}
