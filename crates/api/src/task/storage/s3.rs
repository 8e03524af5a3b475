use deskledger_settings::{S3Settings, SettingsError, TaskLocation};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use secrecy::ExposeSecret as _;

use super::http::UreqConnector;

/// A bucket of an S3-compatible storage.
///
/// # Errors
/// When a setting is wrong.
pub(super) fn open(bucket: &str, settings: &S3Settings) -> Result<AmazonS3, SettingsError> {
    // Nothing is taken from the environment but by the settings.
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&settings.region)
        .with_access_key_id(&settings.access_key_id)
        .with_secret_access_key(settings.secret_access_key.expose_secret())
        .with_virtual_hosted_style_request(settings.virtual_hosted)
        .with_http_connector(UreqConnector::new(settings)?);
    if !settings.endpoint.is_empty() {
        builder = builder
            .with_endpoint(&settings.endpoint)
            .with_allow_http(settings.endpoint.starts_with("http://"));
    }
    builder.build().map_err(TaskLocation::wrong)
}
