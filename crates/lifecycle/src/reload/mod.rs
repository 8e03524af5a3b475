//! Settings that are taken over while the service runs: who may ask, who may do what, and the limits of one request.
//!
//! See `docs/decisions/0037-reload.md`.

mod identity;
mod live;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use deskledger_domain::{Clock, Policy};
use deskledger_identity::{
    Authenticator, IamTokens, MessageSealer, Sealer, SealingKey, SignatureVerifier,
};
use deskledger_metrics::Metrics;
use deskledger_settings::{LimitSettings, Settings, SettingsError};
use deskledger_store::RecordStore;

pub use self::live::Live;
use crate::permits::Limiters;
use crate::start_error::StartError;

/// What a reload replaces at once: who is who, and who may do what.
pub struct Access {
    /// Who is who.
    pub authenticator: Authenticator,
    /// Who may do what.
    pub policy: Policy,
    /// Seals the reasons of denials.
    pub sealer: Arc<MessageSealer>,
}

/// Takes over changed settings while the service runs. All clones are of the same service.
#[derive(Clone)]
pub struct Reloader(Arc<Shared>);

struct Shared {
    access: Live<Access>,
    limits: Live<LimitSettings>,
    /// What IAM said of tokens stays.
    iam: Option<Arc<IamTokens>>,
    /// How often the signatures of a key were wrong stays.
    signatures: SignatureVerifier,
    /// Seals the reasons of denials where the settings hold no key for it. It stays too.
    own_sealer: Arc<MessageSealer>,
    /// What bounds how much runs, once the service has it.
    limiters: OnceLock<Limiters>,
    store: Arc<dyn RecordStore>,
    clock: Clock,
    metrics: Metrics,
    /// The settings that the process began with. A reload holds their lock, so that one reload comes after the other.
    started_with: Mutex<Settings>,
}

impl Reloader {
    /// What the settings say at first.
    ///
    /// # Errors
    /// When one is wrong, a file that it names cannot be read, or the system has no random bytes.
    pub fn new(
        settings: &Settings,
        store: Arc<dyn RecordStore>,
        clock: Clock,
        metrics: Metrics,
    ) -> Result<Self, StartError> {
        let iam = identity::iam(&settings.identity, &clock, &metrics)?;
        let signatures = SignatureVerifier::new(settings.identity.key_ring(&store)?, clock.clone());
        let own = Sealer::new(SealingKey::random()?, Vec::new());
        let own_sealer = Arc::new(MessageSealer::new(own));
        if settings.access.messages.keys.is_empty() {
            tracing::warn!(
                "access.messages.keys is empty: this process alone can decode the authorization messages of its \
                 refusals, as long as it runs"
            );
        }
        let access = Access {
            authenticator: Authenticator::new(
                identity::tokens(&settings.identity, iam.as_ref())?,
                signatures.clone(),
            ),
            policy: settings.access.policy()?,
            sealer: sealer(settings, &own_sealer)?,
        };
        set_success(&metrics, &clock);
        Ok(Self(Arc::new(Shared {
            access: Live::new(access),
            limits: Live::new(settings.limits.clone()),
            iam,
            signatures,
            own_sealer,
            limiters: OnceLock::new(),
            store,
            clock,
            metrics,
            started_with: Mutex::new(settings.clone()),
        })))
    }

    /// Changes the limits of these, too.
    pub fn set_limiters(&self, limiters: Limiters) {
        // A service has them once.
        let _ = self.0.limiters.set(limiters);
    }

    /// What asks IAM, where the settings name one.
    pub fn iam(&self) -> Option<&Arc<IamTokens>> {
        self.0.iam.as_ref()
    }

    /// Who is who, and who may do what.
    pub fn access(&self) -> &Live<Access> {
        &self.0.access
    }

    /// The limits of one request.
    pub fn limits(&self) -> &Live<LimitSettings> {
        &self.0.limits
    }

    /// Takes over what `load` returns, all of it or nothing, and writes into the log which changed keys need a restart.
    /// Requests that run go on by what they began with. It reads files.
    ///
    /// # Errors
    /// When the settings cannot be read, or one is wrong. Then the old ones stay, which the log and the metrics say.
    pub fn reload(
        &self,
        load: impl FnOnce() -> Result<Settings, SettingsError>,
    ) -> Result<(), SettingsError> {
        let started_with = &self.0.started_with;
        let started_with = started_with.lock().unwrap_or_else(PoisonError::into_inner);
        let operation = self.0.metrics.operation();
        let taken_over = load().and_then(|settings| match self.take_over(&settings) {
            Ok(()) => Ok(settings),
            Err(error) => Err(settings.located(error)),
        });
        match taken_over {
            Ok(settings) => {
                set_success(&self.0.metrics, &self.0.clock);
                let restart = started_with.keys_that_need_a_restart(&settings).join(", ");
                tracing::info!(
                    tokens = settings.identity.tokens.len(),
                    access_keys = settings.identity.access_keys.len(),
                    roles = settings.access.roles.len(),
                    restart,
                    "settings reloaded"
                );
                Ok(())
            }
            Err(error) => {
                operation.config_successful.set(0);
                tracing::error!(
                    reason = %error,
                    "settings not reloaded: the old ones stay in force"
                );
                Err(error)
            }
        }
    }

    fn take_over(&self, settings: &Settings) -> Result<(), SettingsError> {
        let shared = &self.0;
        let keys = settings.identity.key_ring(&shared.store)?;
        let tokens = identity::tokens(&settings.identity, shared.iam.as_ref())?;
        let access = Access {
            authenticator: Authenticator::new(tokens, shared.signatures.with_keys(keys)),
            policy: settings.access.policy()?,
            sealer: sealer(settings, &shared.own_sealer)?,
        };
        let limits = shared.limits.get().reloaded(&settings.limits);
        shared.access.set(access);
        if let Some(limiters) = shared.limiters.get() {
            limiters.set_limits(&limits);
        }
        shared.limits.set(limits);
        Ok(())
    }
}

/// What seals the reasons of denials: the keys of the settings, or one that lives as long as this process.
fn sealer(
    settings: &Settings,
    own: &Arc<MessageSealer>,
) -> Result<Arc<MessageSealer>, SettingsError> {
    let sealer = settings.access.messages.sealer()?;
    Ok(sealer.map_or_else(
        || Arc::clone(own),
        |sealer| Arc::new(MessageSealer::new(sealer)),
    ))
}

fn set_success(metrics: &Metrics, clock: &Clock) {
    let operation = metrics.operation();
    operation.config_successful.set(1);
    operation
        .config_success_time
        .set(deskledger_metrics::timestamp(clock.now()));
}
