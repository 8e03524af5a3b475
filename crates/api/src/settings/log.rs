//! What the log says first: with which settings a service starts.

use std::path::Path;

use super::Settings;
use crate::metrics::{COMMIT, VERSION, descriptor_limit};

impl Settings {
    /// Writes into the log what an operator needs to know of a service that starts. No secret is in it.
    pub fn log(&self, file: Option<&Path>) {
        tracing::info!(
            version = VERSION,
            commit = COMMIT,
            database = deskledger_store::shown_url(&self.database.url),
            settings = file.map_or_else(
                || "none, the defaults".to_owned(),
                |file| file.display().to_string()
            ),
            tokens = self.identity.tokens.len(),
            access_keys = self.identity.access_keys.len(),
            roles = self.access.roles.len(),
            iam = self.identity.iam.is_configured(),
            exports = self.limits.exports,
            recordings = self.limits.recordings,
            queries = self.limits.queries,
            queue_length = self.limits.queue_length,
            descriptors = descriptor_limit(),
            "starting"
        );
    }
}
