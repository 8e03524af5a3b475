use crate::failure::Failure;
use crate::manual::print;

/// Writes the OpenAPI document to standard output.
pub(crate) fn run() -> Result<(), Failure> {
    let document = deskledger_api::openapi_json().map_err(Failure::new)?;
    print(document.as_bytes())
}
