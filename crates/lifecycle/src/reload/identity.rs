use std::sync::Arc;

use deskledger_domain::Clock;
use deskledger_identity::{IamTokens, Sessions, StaticTokensOr, TokenVerifier};
use deskledger_metrics::Metrics;
use deskledger_settings::{IdentitySettings, Settings, SettingsError};
use deskledger_store::SessionStore;

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

/// The sessions of people who sign in, where the settings hold a key that seals them.
///
/// # Errors
/// When a setting is wrong, or the file of a key cannot be read.
pub(super) fn sessions(
    settings: &Settings,
    store: &Arc<dyn SessionStore>,
    clock: &Clock,
) -> Result<Option<Sessions>, SettingsError> {
    let Some(sealer) = settings.identity.session_sealer()? else {
        return Ok(None);
    };
    let options = settings.session_options()?;
    let (store, clock) = (Arc::clone(store), clock.clone());
    Ok(Some(Sessions::new(store, sealer, options, clock)))
}
