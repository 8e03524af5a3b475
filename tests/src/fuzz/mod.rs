//! Fuzz targets: properties that hold for any bytes from any client. `scripts/fuzz` searches for bytes for which they do
//! not hold; the test `corpus` passes the bytes in the repository through the same functions.

mod file;
mod recording;
mod request;

/// A target: it panics where something does not hold.
pub type Target = fn(&[u8]);

/// Every target with its name, which is also that of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("query", request::query),
    ("signature", request::signature),
    ("range", request::range),
    ("ndjson", recording::ndjson),
    ("array", recording::array),
    ("csv", recording::csv),
    ("copy", file::copy),
    ("deflate", file::deflate),
    ("text", file::text),
];

/// Takes some bytes through the target of a name.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, target) = target.unwrap_or_else(|| panic!("there is no fuzz target {name}"));
    target(bytes);
}
