use std::num::NonZeroUsize;
use std::time::Duration;

use serde::Deserialize;

/// How much may be asked at once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Exports that may run at once, in this process.
    pub exports: u32,
    /// Exports that may run at once, for one project.
    pub exports_per_project: u32,
    /// Recordings that may run at once, in this process.
    pub recordings: u32,
    /// Recordings that may run at once, for one project.
    pub recordings_per_project: u32,
    /// Exports, and as many recordings and downloads, that may wait for a permit.
    pub queue_length: u32,
    /// Those among them that may wait for one project.
    pub queue_per_project: u32,
    /// How long they, and lists, may wait, in seconds.
    pub queue_seconds: u64,
    /// The least that a client must take of an answer, or bring of a recording, in bytes a second, while others wait for its
    /// permit. 0: nothing is too little.
    pub min_bytes_per_second: u32,
    /// Over how many seconds of waiting for the client that is judged.
    pub min_rate_window_seconds: u64,
    /// How long a client may take none of the bytes that wait for it, in seconds.
    pub slow_client_seconds: u64,
    /// How many bytes of answers that are made whole, pages of lists, may be held for clients that have not read them.
    pub response_bytes: u64,
    /// The most records that one export may hold. 0: no limit.
    pub max_records: u64,
    /// Lists, and counts of users online, that may run at once, in this process.
    pub queries: u32,
    /// Lists and counts that may run at once, for one project.
    pub queries_per_project: u32,
    /// Lists and counts that may wait for a permit.
    pub query_queue_length: u32,
    /// Those among them that may wait for one project.
    pub query_queue_per_project: u32,
    /// Downloads of the files of tasks that may run at once, in this process.
    pub downloads: u32,
    /// Downloads that may run at once, for one project.
    pub downloads_per_project: u32,
    /// The longest URL, in bytes.
    pub url_bytes: usize,
    /// The largest headers, names and values together, in bytes.
    pub header_bytes: usize,
    /// The largest body of a request that is no recording, in bytes.
    pub body_bytes: u64,
    /// The largest body of a recording, in bytes: as it is sent, and as it is when it is decompressed.
    pub record_body_bytes: u64,
    /// The most bytes of a recording that are held in memory: all of an array, and all of a body whose hash is signed.
    pub record_held_bytes: u64,
    /// The most records that one array may have.
    pub record_array: NonZeroUsize,
    /// How many lines of NDJSON are written at once.
    pub record_batch: NonZeroUsize,
    /// How many lines of a recording may be no records.
    pub record_bad_lines: u64,
    /// How much time of the processor reading the body of a recording may take, in seconds. 0: no limit.
    pub record_cpu_seconds: u64,
    /// How long a recording may let the service wait for its body, in seconds.
    pub slow_body_seconds: u64,
}

impl LimitSettings {
    /// Over how much waiting for a client its rate is judged.
    pub fn min_rate_window(&self) -> Duration {
        Duration::from_secs(self.min_rate_window_seconds)
    }
}
