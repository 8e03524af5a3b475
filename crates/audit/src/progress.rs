use std::sync::atomic::{AtomicU64, Ordering};

/// The progress of an export. The code that closes the audit reads it, even if the thread that ran the export is gone.
#[derive(Debug, Default)]
pub struct ProgressCounter {
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl ProgressCounter {
    /// So many records were written so far.
    pub fn set_rows(&self, rows: u64) {
        self.rows.store(rows, Ordering::Relaxed);
    }

    /// So many more bytes were handed over for sending.
    pub fn add_bytes(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Nobody has seen what was handed over: it begins anew.
    pub fn clear_bytes(&self) {
        self.bytes.store(0, Ordering::Relaxed);
    }

    /// The records so far.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// The bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}
