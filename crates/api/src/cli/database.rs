use std::sync::Arc;

use deskledger_api::{Settings, open_store};
use deskledger_store::RecordStore;

use super::failure::Failure;

/// Opens a database that exists. A command that only reads would otherwise make an empty one where `database.url` is
/// forgotten, and find nothing in it.
///
/// # Errors
/// When it does not exist, or cannot be opened.
pub(super) fn open_existing(settings: &Settings) -> Result<Arc<dyn RecordStore>, Failure> {
    if let Some(file) = settings.store().sqlite_file()
        && !file.exists()
    {
        return Err(Failure::usage(format!(
            "there is no database {}: set database.url (DESKLEDGER__DATABASE__URL) to the one that `deskledger serve` uses",
            file.display()
        )));
    }
    open_store(settings).map_err(Failure::new)
}
