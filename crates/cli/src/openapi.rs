use std::io::{self, Write as _};

use crate::failure::Failure;
use crate::output::{cannot_print, standard_output};

/// Writes the OpenAPI document to standard output.
pub(crate) fn run() -> Result<(), Failure> {
    let document = deskledger_api::openapi_json().map_err(Failure::new)?;
    let written = standard_output().and_then(|mut output| {
        output.write_all(document.as_bytes())?;
        output.flush()
    });
    match written {
        // The reader has read enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(cannot_print),
    }
}
