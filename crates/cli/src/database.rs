use std::sync::Arc;

use deskledger_api::open_store;
use deskledger_settings::Settings;
use deskledger_store::{RecordStore, Use};

use crate::failure::Failure;

/// Opens a database that exists. A command that only reads would otherwise make an empty one where `database.url` is
/// forgotten, and find nothing in it.
///
/// # Errors
/// When it does not exist, cannot be opened, or its role lacks rights for what it is to be used for.
pub(crate) fn open_existing(
    settings: &Settings,
    for_use: Use,
) -> Result<Arc<dyn RecordStore>, Failure> {
    if let Some(file) = settings.store().sqlite_file()
        && !file.exists()
    {
        return Err(Failure::usage(format!(
            "there is no database {}: set database.url (DESKLEDGER__DATABASE__URL) to the one that `deskledger serve` uses",
            file.display()
        )));
    }
    open(settings, for_use)
}

/// Opens a database, which is made where it is a file that does not exist.
///
/// # Errors
/// When it cannot be opened, or its role lacks rights for what it is to be used for.
pub(crate) fn open(settings: &Settings, for_use: Use) -> Result<Arc<dyn RecordStore>, Failure> {
    let store = open_store(settings).map_err(Failure::new)?;
    store.check_rights(for_use).map_err(Failure::new)?;
    Ok(store)
}
