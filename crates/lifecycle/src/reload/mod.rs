//! Settings that are taken over while the service runs: who may ask, who may do what, and the limits of one request.
//!
//! See `docs/decisions/0037-reload.md`.

mod identity;
mod live;

use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use deskledger_domain::{Clock, Policy};
use deskledger_identity::{
    Authenticator, IamTokens, MessageSealer, Sealer, SealingKey, SignIn, SignInAttempts,
    SignatureVerifier,
};
use deskledger_metrics::Metrics;
use deskledger_settings::{LimitSettings, Settings, SettingsError};
use deskledger_store::{RecordStore, SessionStore};

pub use self::live::Live;
use crate::permits::Limiters;
use crate::start_error::StartError;

/// What a reload replaces at once: who is who, and who may do what.
pub struct Access {
    /// Who is who.
    pub authenticator: Authenticator,
    /// Who signs in, and the sessions of those who did.
    pub sign_in: SignIn,
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
    /// How often attempts to sign in were wrong stays.
    attempts: SignInAttempts,
    sessions: Arc<dyn SessionStore>,
    /// Seals the reasons of denials where the settings hold no key for it. It stays too.
    own_sealer: Arc<MessageSealer>,
    /// What bounds how much runs, once the service has it.
    limiters: OnceLock<Limiters>,
    store: Arc<dyn RecordStore>,
    clock: Clock,
    metrics: Metrics,
    /// How many reloads have begun. One that a later one overtook changes nothing.
    begun: AtomicU64,
    /// The settings that the process began with. What takes settings over holds their lock.
    started_with: Mutex<Settings>,
}

impl Reloader {
    /// What the settings say at first.
    ///
    /// # Errors
    /// When one is wrong, a file that it names cannot be read, or the system has no random bytes.
    pub fn new(
        settings: &Settings,
        (store, sessions): (Arc<dyn RecordStore>, Arc<dyn SessionStore>),
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
        let attempts = SignInAttempts::default();
        let tokens = identity::tokens(&settings.identity, iam.as_ref())?;
        let kept = identity::sessions(settings, &sessions, &clock)?;
        if kept.is_none() {
            tracing::info!("nobody can sign in: identity.sealing_keys is empty");
        }
        let access = Access {
            authenticator: Authenticator::new(
                Arc::clone(&tokens),
                signatures.clone(),
                kept.clone(),
            ),
            sign_in: SignIn::new(
                kept,
                tokens,
                iam.clone(),
                settings.oidc()?,
                attempts.clone(),
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
            attempts,
            sessions,
            own_sealer,
            limiters: OnceLock::new(),
            store,
            clock,
            metrics,
            begun: AtomicU64::new(0),
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
    /// Requests that run go on by what they began with. It reads files, so it may take long; where another reload begins
    /// meanwhile, or this one is [given up](Self::give_up), nothing is taken over.
    ///
    /// # Errors
    /// When the settings cannot be read, or one is wrong. Then the old ones stay, which the log and the metrics say.
    pub fn reload(
        &self,
        load: impl FnOnce() -> Result<Settings, SettingsError>,
    ) -> Result<(), SettingsError> {
        let turn = self.0.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let read = load().and_then(|settings| match self.prepare(&settings) {
            Ok(access) => Ok((settings, access)),
            Err(error) => Err(settings.located(error)),
        });
        let started_with = &self.0.started_with;
        let started_with = started_with.lock().unwrap_or_else(PoisonError::into_inner);
        if self.0.begun.load(Ordering::Acquire) != turn {
            tracing::debug!("settings were read too late to be taken over");
            return Ok(());
        }
        match read {
            Ok((settings, access)) => {
                self.take_over(&settings, access);
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
                self.refuse(&error);
                Err(error)
            }
        }
    }

    /// Gives up a reload that takes too long, and says why.
    pub fn give_up(&self, reason: &str) {
        self.0.begun.fetch_add(1, Ordering::AcqRel);
        self.refuse(&reason);
    }

    fn refuse(&self, reason: &dyn Display) {
        self.0.metrics.operation().config_successful.set(0);
        tracing::error!(
            %reason,
            "settings not reloaded: the old ones stay in force"
        );
    }

    /// What settings make of who is who, and of who may do what. It reads files.
    fn prepare(&self, settings: &Settings) -> Result<Access, SettingsError> {
        let shared = &self.0;
        let keys = settings.identity.key_ring(&shared.store)?;
        let tokens = identity::tokens(&settings.identity, shared.iam.as_ref())?;
        let sessions = identity::sessions(settings, &shared.sessions, &shared.clock)?;
        Ok(Access {
            authenticator: Authenticator::new(
                Arc::clone(&tokens),
                shared.signatures.with_keys(keys),
                sessions.clone(),
            ),
            sign_in: SignIn::new(
                sessions,
                tokens,
                shared.iam.clone(),
                settings.oidc()?,
                shared.attempts.clone(),
            ),
            policy: settings.access.policy()?,
            sealer: sealer(settings, &shared.own_sealer)?,
        })
    }

    fn take_over(&self, settings: &Settings, access: Access) {
        let shared = &self.0;
        let limits = shared.limits.get().reloaded(&settings.limits);
        shared.access.set(access);
        if let Some(limiters) = shared.limiters.get() {
            limiters.set_limits(&limits);
        }
        shared.limits.set(limits);
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
