//! A body without its compression, and without more of it than is allowed.

use std::io::{self, BufReader, Read};

use flate2::read::MultiGzDecoder;

use crate::http::body::BodyFailure;
use crate::http::coding::Coding;

/// The largest window of zstd, as a power of two: what everybody must take, and nobody more (RFC 9659).
const ZSTD_WINDOW_LOG: u32 = 23;

/// How much is decompressed at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// Reads `raw` without its compression, up to `most` bytes. What helps where there are more is `remedy`.
///
/// # Errors
/// When the system has no memory for it.
pub(super) fn decode<'a>(
    raw: impl Read + 'a,
    coding: Coding,
    most: u64,
    remedy: &'static str,
) -> io::Result<BufReader<impl Read + 'a>> {
    let plain: Box<dyn Read + 'a> = match coding {
        Coding::Identity => Box::new(raw),
        Coding::Gzip => Box::new(MultiGzDecoder::new(raw)),
        Coding::Zstd => {
            let mut decoder = zstd::Decoder::new(raw)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
    };
    let bounded = Bounded {
        plain,
        coding,
        left: most,
        most,
        remedy,
    };
    Ok(BufReader::with_capacity(BUFFER_BYTES, bounded))
}

/// What is decompressed, up to a number of bytes. Each of its errors is a [`BodyFailure`].
struct Bounded<R> {
    plain: R,
    coding: Coding,
    left: u64,
    most: u64,
    remedy: &'static str,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (coding, most, remedy) = (self.coding, self.most, self.remedy);
        // One byte more than is left shows that there is more.
        let length = usize::try_from(self.left.saturating_add(1))
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = self.plain.read(&mut buffer[..length]).map_err(|error| {
            if error.kind() == io::ErrorKind::Interrupted || BodyFailure::of(&error).is_some() {
                error
            } else {
                tracing::debug!(%error, ?coding, "the body of a recording cannot be decompressed");
                BodyFailure::Undecodable.into()
            }
        })?;
        self.left = self.left.checked_sub(read as u64).ok_or({
            if coding == Coding::Identity {
                BodyFailure::TooLarge { most, remedy }
            } else {
                BodyFailure::Inflated { most, remedy }
            }
        })?;
        Ok(read)
    }
}
