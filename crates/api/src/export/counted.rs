use std::io::{self, Write};
use std::sync::Arc;

use deskledger_audit::ProgressCounter;

/// Counts the bytes of a file before they are compressed on their way: a size is that of the file, as the client saves it.
pub(super) struct Counted<W> {
    inner: W,
    /// `None` where the sink counts them itself.
    progress: Option<Arc<ProgressCounter>>,
}

impl<W> Counted<W> {
    pub(super) fn new(inner: W, progress: Option<Arc<ProgressCounter>>) -> Self {
        Self { inner, progress }
    }

    pub(super) fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        if let Some(progress) = &self.progress {
            progress.add_bytes(taken);
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
