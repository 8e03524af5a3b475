//! A file that a service hands out.

use std::io::{BufWriter, Read as _, Write as _};
use std::path::Path;

use deskledger_domain::ExportFormat;
use ureq::Body;
use ureq::http::Response;
use ureq::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};

use super::client::{Client, Repeat};
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{OutputFile, Target};
use crate::progress;

/// How much is read at once, in bytes.
const CHUNK: usize = 1 << 16;

impl Client {
    /// Writes what is behind a path into `target`, which the user calls `shown`. It appears there when it is whole. Returns how
    /// many bytes it has.
    ///
    /// # Errors
    /// When the service cannot be asked or refuses, the transfer breaks, or the file cannot be written. Then nothing is left of
    /// it.
    pub(crate) fn download(
        &self,
        path: &str,
        target: Target,
        shown: &Path,
    ) -> Result<u64, Failure> {
        // Nothing is worth a wait: what came so far is of no use.
        interrupt::end_at_signals().map_err(Failure::new)?;
        let file = OutputFile::create(target)?;
        let mut answer = self.ask(path, Repeat::Any)?;
        let length = self.check(&answer)?;

        let bar = progress::of_bytes(length);
        let mut output = BufWriter::new(file);
        let mut body = answer.body_mut().as_reader();
        let mut chunk = vec![0; CHUNK];
        let mut bytes = 0;
        loop {
            let read = body.read(&mut chunk).map_err(|error| {
                let failure = self.failure(ureq::Error::from(error));
                failure.during("the transfer broke, and nothing of it is kept")
            })?;
            if read == 0 {
                break;
            }
            output
                .write_all(&chunk[..read])
                .map_err(|error| cannot_write(shown, error))?;
            bytes += read as u64;
            bar.set_position(bytes);
        }
        let file = output
            .into_inner()
            .map_err(|error| cannot_write(shown, error.into_error()))?;
        file.finish()?;
        bar.finish_and_clear();
        Ok(bytes)
    }

    /// How many bytes a file has, where its head says so. Its end must differ from a break of the connection, and its type must be
    /// that of a file of ours: what stands between may answer with a page of its own.
    fn check(&self, answer: &Response<Body>) -> Result<Option<u64>, Failure> {
        let headers = answer.headers();
        let media_type = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let media_type = media_type
            .and_then(|value| value.split(';').next())
            .map(|value| value.trim().to_ascii_lowercase());
        let is_ours = media_type.is_some_and(|media_type| {
            let mut formats = ExportFormat::ALL.iter();
            formats.any(|format| format.media_types().contains(&media_type.as_str()))
        });
        // An empty body has a length too, which the body itself does not say.
        let length = headers
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok());
        let length = length.and_then(|length| length.parse().ok());
        let is_chunked = headers.contains_key(TRANSFER_ENCODING);
        if is_ours && (is_chunked || length.is_some()) {
            Ok(length)
        } else {
            Err(self.not_ours())
        }
    }
}

fn cannot_write(shown: &Path, error: std::io::Error) -> Failure {
    Failure::new(error).during(format_args!("cannot write {}", shown.display()))
}
