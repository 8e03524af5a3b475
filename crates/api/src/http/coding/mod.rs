//! How a body is compressed (RFC 9110 §8.4): what a client accepts, and what compresses as bytes are written.

mod accept;
mod encoder;

pub(crate) use accept::accepted;
pub(crate) use encoder::Encoder;

use std::io;

pub(crate) use deskledger_contract::openapi::ENCODINGS;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Not at all.
    #[default]
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Coding {
    /// Its name in the headers `Accept-Encoding` and `Content-Encoding`; `None` where nothing is compressed.
    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }
}

/// Compresses bytes that are all there.
///
/// # Errors
/// When the system has no memory for it.
pub(crate) fn compress(coding: Coding, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = Encoder::new(coding, Vec::with_capacity(bytes.len() / 4))?;
    io::Write::write_all(&mut encoder, bytes)?;
    encoder.finish()
}
