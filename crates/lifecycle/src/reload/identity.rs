use std::sync::Arc;

use deskledger_domain::Clock;
use deskledger_identity::{IamTokens, StaticTokensOr, TokenVerifier};
use deskledger_metrics::Metrics;
use deskledger_settings::{IdentitySettings, SettingsError};

use crate::start_error::StartError;

/// What asks IAM, where the settings name one.
///
/// # Errors
/// When a setting is wrong, or the system has no random bytes.
pub(super) fn iam(
    settings: &IdentitySettings,
    clock: &Clock,
    metrics: &Metrics,
) -> Result<Option<Arc<IamTokens>>, StartError> {
    if !settings.iam.is_configured() {
        return Ok(None);
    }
    if settings.iam.is_in_the_clear() {
        tracing::warn!(
            "tokens go to IAM in the clear: identity.iam.url should begin with https://"
        );
    }
    let observer = Arc::new(metrics.clone());
    let iam = IamTokens::new(&settings.iam.options()?, clock.clone(), observer)
        .map_err(StartError::Random)?;
    Ok(Some(Arc::new(iam)))
}

/// What verifies tokens: the settings, and for tokens that they do not know IAM, where there is one.
///
/// # Errors
/// When a setting is wrong.
pub(super) fn tokens(
    settings: &IdentitySettings,
    iam: Option<&Arc<IamTokens>>,
) -> Result<Arc<dyn TokenVerifier>, SettingsError> {
    let known = settings.static_tokens()?;
    Ok(match iam {
        None => Arc::new(known),
        Some(iam) => Arc::new(StaticTokensOr::new(known, Arc::clone(iam))),
    })
}
