//! What the log says first: with which settings a service starts.

use std::path::Path;

use deskledger_metrics::{COMMIT, VERSION, descriptor_limit};
use deskledger_settings::Settings;

/// Writes into the log what an operator needs to know of a service that starts: its version, and its settings with `file`,
/// from which they were read. No secret is in it.
pub fn log_start(settings: &Settings, file: Option<&Path>) {
    tracing::info!(
        version = VERSION,
        commit = COMMIT,
        database = deskledger_store::shown_url(&settings.database.url),
        replica = (!settings.database.read_url.is_empty())
            .then(|| deskledger_store::shown_url(&settings.database.read_url)),
        settings = file.map_or_else(
            || "none, the defaults".to_owned(),
            |file| file.display().to_string()
        ),
        tokens = settings.identity.tokens.len(),
        access_keys = settings.identity.access_keys.len(),
        roles = settings.access.roles.len(),
        iam = settings.identity.iam.is_configured(),
        exports = settings.limits.exports,
        recordings = settings.limits.recordings,
        queries = settings.limits.queries,
        downloads = settings.limits.downloads,
        queue_length = settings.limits.queue_length,
        descriptors = descriptor_limit(),
        "starting"
    );
}
