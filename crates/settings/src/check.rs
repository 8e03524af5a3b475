//! What the types of the settings do not say by themselves.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::str::FromStr as _;
use std::time::Duration;

use deskledger_domain::{Action, Policy, Principal, ProjectId};
use deskledger_identity::{StaticTokens, TokenHash};
use deskledger_store::StoreSettings;
use ipnet::IpNet;

use super::{
    AccessSettings, DatabaseSettings, IdentitySettings, LimitSettings, ServerSettings, Settings,
    SettingsError,
};

pub(super) fn wrong(key: &str, reason: impl std::fmt::Display) -> SettingsError {
    SettingsError(format!("{key}: {reason}"))
}

impl Settings {
    /// Checks what serde cannot.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        self.server.check()?;
        self.database.check()?;
        self.retention.check()?;
        self.logging.check()?;
        self.tasks.check()?;
        self.access.policy()?;
        self.access.messages.check()?;
        self.identity.static_tokens()?;
        self.identity.iam.check()?;
        self.check_oidc()?;
        self.identity.check_access_keys()?;
        self.session_options()?;
        Ok(())
    }

    /// [`Settings::store`] for a service that starts: it asks often whether the schema may be migrated, rather than once for
    /// long, so that it can say in between what it waits for.
    pub fn store_of_service(&self) -> StoreSettings {
        let mut store = self.store();
        store.migration_lock_timeout = Duration::from_secs(1);
        store
    }

    /// What the store needs to know: as many connections as exports, as queries, and as recordings may run at once.
    pub fn store(&self) -> StoreSettings {
        let mut store = self.database.store(self.limits.exports);
        store.query_pool_size = self.limits.queries;
        store.write_pool_size = self.limits.recordings;
        store
    }
}

impl ServerSettings {
    fn check(&self) -> Result<(), SettingsError> {
        self.trusted_networks()?;
        // With server.reuse_port both would be taken, and each would get some of the connections.
        if self.admin_listen == Some(self.listen) && self.listen.port() != 0 {
            let reason = format!(
                "must be another address or port than server.listen, which is {}",
                self.listen
            );
            return Err(wrong("server.admin_listen", reason));
        }
        Ok(())
    }

    /// The networks of the proxies that are trusted. A single address is a network of its own.
    ///
    /// # Errors
    /// When one is neither an address nor a network. The error names it.
    pub fn trusted_networks(&self) -> Result<Vec<IpNet>, SettingsError> {
        let networks = self.trusted_proxies.iter().map(|text| {
            let network = text.parse::<IpNet>();
            let network = network.or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            network.map_err(|_| {
                let reason =
                    format!("{text:?} is neither an IP address nor a network like 10.0.0.0/8");
                wrong("server.trusted_proxies", reason)
            })
        });
        networks.collect()
    }
}

impl LimitSettings {
    /// These limits with what a running service takes over of `new`.
    #[must_use]
    pub fn reloaded(&self, new: &Self) -> Self {
        Self {
            exports_per_project: new.exports_per_project,
            recordings_per_project: new.recordings_per_project,
            queries_per_project: new.queries_per_project,
            downloads: new.downloads,
            downloads_per_project: new.downloads_per_project,
            queue_length: new.queue_length,
            queue_per_project: new.queue_per_project,
            queue_seconds: new.queue_seconds,
            query_queue_length: new.query_queue_length,
            query_queue_per_project: new.query_queue_per_project,
            url_bytes: new.url_bytes,
            header_bytes: new.header_bytes,
            body_bytes: new.body_bytes,
            slow_body_seconds: new.slow_body_seconds,
            ..self.clone()
        }
    }
}

fn is_postgres(url: &str) -> bool {
    ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
}

/// The longest name that PostgreSQL keeps of a connection.
const LONGEST_NAME: usize = 63;

impl DatabaseSettings {
    /// PostgreSQL cuts longer names, and shows other characters by their number.
    fn check(&self) -> Result<(), SettingsError> {
        let name = &self.application_name;
        let is_shown = |byte: u8| (b' '..=b'~').contains(&byte);
        if name.trim().is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(is_shown) {
            let reason =
                format!("must have 1 to {LONGEST_NAME} characters of ASCII, and is {name:?}");
            return Err(wrong("database.application_name", reason));
        }
        if !self.read_url.is_empty() && !is_postgres(&self.read_url) {
            let reason =
                "must begin with postgres:// or postgresql://: only PostgreSQL has replicas";
            return Err(wrong("database.read_url", reason));
        }
        Ok(())
    }

    fn store(&self, exports: u32) -> StoreSettings {
        let mut store = StoreSettings::new(self.url.clone());
        store.read_url = (!self.read_url.is_empty()).then(|| self.read_url.clone());
        store.max_replica_lag = Duration::from_secs(self.max_replica_lag_seconds);
        store.pool_size = exports;
        store.connection_timeout = Duration::from_secs(self.connection_timeout_seconds);
        let limit = |seconds| (seconds > 0).then(|| Duration::from_secs(seconds));
        store.statement_timeout = limit(self.statement_timeout_seconds);
        store.query_timeout = limit(self.query_timeout_seconds);
        store.migration_lock_timeout = Duration::from_secs(self.migration_lock_seconds);
        store.override_read_only = self.override_read_only;
        store.write_timeout = limit(self.write_timeout_seconds);
        store.silence = Duration::from_secs(self.silence_seconds);
        store.application_name.clone_from(&self.application_name);
        store
    }
}

impl AccessSettings {
    /// The policy that the roles make.
    ///
    /// # Errors
    /// When an action does not exist. The error names the role and the action.
    pub fn policy(&self) -> Result<Policy, SettingsError> {
        let mut roles = Vec::with_capacity(self.roles.len());
        for (role, names) in &self.roles {
            let actions = names
                .iter()
                .map(|name| {
                    Action::from_str(name).map_err(|reason| {
                        wrong(
                            &format!("access.roles.{role}"),
                            format!("{name} is {reason}"),
                        )
                    })
                })
                .collect::<Result<BTreeSet<_>, _>>()?;
            roles.push((role.clone(), actions));
        }
        Ok(Policy::new(roles))
    }
}

impl IdentitySettings {
    /// The tokens, each with whom it stands for.
    ///
    /// # Errors
    /// When a hash or a project is not one, or a hash is given twice. The error names the token by its position.
    pub fn static_tokens(&self) -> Result<StaticTokens, SettingsError> {
        let mut tokens = StaticTokens::default();
        for (position, token) in self.tokens.iter().enumerate() {
            let key = |name: &str| format!("identity.tokens[{position}].{name}");
            let hash = TokenHash::from_hex(&token.sha256).ok_or_else(|| {
                wrong(
                    &key("sha256"),
                    "must have 64 hexadecimal digits: the SHA-256 of the token",
                )
            })?;
            if token.user.is_empty() {
                return Err(wrong(&key("user"), "must not be empty"));
            }
            let project = ProjectId::new(&token.project_id)
                .map_err(|reason| wrong(&key("project_id"), reason))?;
            let principal = Principal::new(&token.user, project, &token.roles);
            if !tokens.insert(hash, principal) {
                return Err(wrong(
                    &key("sha256"),
                    "is given twice: a token stands for one user",
                ));
            }
        }
        Ok(tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trusted_proxy_is_an_address_or_a_network() {
        let networks = |proxies: &[&str]| {
            let mut server = Settings::defaults().unwrap().server;
            server.trusted_proxies = proxies.iter().map(|proxy| (*proxy).to_owned()).collect();
            server.trusted_networks()
        };
        let found = networks(&["10.0.0.0/8", "::1"]).unwrap();
        let shown: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.0.0/8", "::1/128"]);
        let error = networks(&["::1", "10.0.0.0/33"]).unwrap_err().to_string();
        assert!(
            error.starts_with("server.trusted_proxies: \"10.0.0.0/33\" is neither"),
            "{error}"
        );
    }
}
