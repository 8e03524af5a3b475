use std::io::{self, Write as _};

use super::failure::Failure;

/// Writes the OpenAPI document to standard output.
pub(super) fn run() -> Result<(), Failure> {
    let document = deskledger_api::openapi_json().map_err(Failure::new)?;
    match io::stdout().lock().write_all(document.as_bytes()) {
        // The reader has read enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Failure::new),
    }
}
