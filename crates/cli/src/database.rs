use std::sync::Arc;

use deskledger_api::{StartError, open_store};
use deskledger_settings::Settings;
use deskledger_store::{Database, RecordStore, Use};

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
    check_exists(settings)?;
    open(settings, for_use)
}

/// Opens all that a database has which exists, to look at it.
///
/// # Errors
/// When it does not exist, or cannot be opened.
pub(crate) fn open_all(settings: &Settings) -> Result<Database, Failure> {
    check_exists(settings)?;
    open_store(settings).map_err(Failure::new)?;
    Database::open(&settings.store())
        .map_err(|error| Failure::new(StartError::of_store(settings, error)))
}

fn check_exists(settings: &Settings) -> Result<(), Failure> {
    match settings.store().sqlite_file() {
        Some(file) if !file.exists() => Err(Failure::usage(format!(
            "there is no database {}: set database.url (DESKLEDGER__DATABASE__URL) to the one that `deskledger serve` uses",
            file.display()
        ))),
        _ => Ok(()),
    }
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
