use std::io;
use std::net::SocketAddr;

use deskledger_identity::SealError;
use deskledger_settings::{Settings, SettingsError};
use deskledger_store::StoreError;
use thiserror::Error;

/// The setting that names the database.
pub const DATABASE_URL: &str = "database.url";

/// Why the service did not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// A setting is wrong.
    #[error("failed to read the settings")]
    Settings(#[from] SettingsError),
    /// The database failed.
    #[error("failed to open the database")]
    Store(#[from] StoreError),
    /// The database can never be used: its URL is invalid, or it is not what the service needs.
    #[error("{setting}: failed to open the database")]
    Database {
        /// The setting, with the file and line or the variable that set it.
        setting: String,
        /// Why.
        source: StoreError,
    },
    /// The schema of the database is older than this program.
    #[error("the database lacks the migrations {0}: run `deskledger migrate`")]
    SchemaBehind(String),
    /// No key could be made to seal the reasons of denials with.
    #[error("failed to make a key for authorization messages")]
    Seal(#[from] SealError),
    /// The address cannot be listened on.
    #[error("failed to listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The system has no random bytes, which secrets of this process are made of.
    #[error("failed to draw random bytes")]
    Random(#[source] io::Error),
    /// The server could not be made.
    #[error("failed to start the server")]
    Server(#[from] io::Error),
}

impl StartError {
    /// An error of the database of these settings. Where it can never be used, the error names what set its URL.
    pub fn of_store(settings: &Settings, error: StoreError) -> Self {
        if error.kind().is_permanent() {
            Self::Database {
                setting: settings.origin(DATABASE_URL),
                source: error,
            }
        } else {
            Self::Store(error)
        }
    }
}
