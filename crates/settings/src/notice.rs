//! Settings that are valid and have no effect, or one that an operator may not expect.

use std::collections::BTreeSet;

use super::Settings;
use super::network_disk::network_disk;

impl Settings {
    /// What an operator should know before the service starts, a sentence each.
    pub fn notices(&self) -> Vec<String> {
        let mut notices = Vec::new();
        if !self.knows_credentials() {
            notices.push(
                "no credentials are configured (identity.tokens, identity.access_keys, identity.sealing_keys and \
                 identity.iam.url are empty): every request is refused with 401"
                    .to_owned(),
            );
        }
        for (role, user) in self.roles_without_actions() {
            notices.push(format!(
                "the role {role:?} of the user {user:?} is not in access.roles: it allows nothing"
            ));
        }
        for (key, user) in self.users_without_roles() {
            notices.push(format!(
                "the user {user:?} ({key}) has no roles, and may do nothing"
            ));
        }
        if self.identity.oidc.is_configured() && self.identity.oidc.grants.is_empty() {
            notices.push(
                "nobody who signs in by the provider has a project: identity.oidc.grants is empty"
                    .to_owned(),
            );
        }
        for (role, group) in self.granted_roles_without_actions() {
            notices.push(format!(
                "the role {role:?} of the group {group:?} (identity.oidc.grants) is not in access.roles: it allows nothing"
            ));
        }
        for target in self.logging.unknown_targets() {
            notices.push(format!(
                "{} names {target:?}, and no module of this program has that name",
                self.origin("logging.level")
            ));
        }
        notices.extend(self.keys_without_effect());
        if let Some(file) = self.store().sqlite_file()
            && let Some(kind) = network_disk(&file)
        {
            notices.push(format!(
                "{} is on a disk over a network ({kind}), on which SQLite loses data: use a local disk, or PostgreSQL",
                file.display()
            ));
        }
        notices
    }

    fn knows_credentials(&self) -> bool {
        let identity = &self.identity;
        !(identity.tokens.is_empty()
            && identity.access_keys.is_empty()
            && identity.sealing_keys.is_empty()
            && identity.iam.url.is_empty())
    }

    /// The configured users that have no role, each with the key that says so.
    fn users_without_roles(&self) -> Vec<(String, &str)> {
        let tokens = self.identity.tokens.iter().enumerate();
        let tokens = tokens.filter(|(_, token)| token.roles.is_empty());
        let keys = self.identity.access_keys.iter().enumerate();
        let keys = keys.filter(|(_, key)| key.roles.is_empty());
        tokens
            .map(|(position, token)| (format!("identity.tokens[{position}]"), token.user.as_str()))
            .chain(keys.map(|(position, key)| {
                (
                    format!("identity.access_keys[{position}]"),
                    key.user.as_str(),
                )
            }))
            .collect()
    }

    /// The roles of groups that the policy does not name, each with one such group.
    fn granted_roles_without_actions(&self) -> BTreeSet<(&str, &str)> {
        let grants = self.identity.oidc.grants.iter();
        grants
            .flat_map(|grant| grant.roles.iter().map(move |role| (role, &grant.group)))
            .filter(|(role, _)| !self.access.roles.contains_key(*role))
            .map(|(role, group)| (role.as_str(), group.as_str()))
            .collect()
    }

    /// The roles of configured users that the policy does not name, each with one such user.
    fn roles_without_actions(&self) -> BTreeSet<(&str, &str)> {
        let tokens = self.identity.tokens.iter();
        let keys = self.identity.access_keys.iter();
        tokens
            .map(|token| (&token.roles, &token.user))
            .chain(keys.map(|key| (&key.roles, &key.user)))
            .flat_map(|(roles, user)| roles.iter().map(move |role| (role.as_str(), user.as_str())))
            .filter(|(role, _)| !self.access.roles.contains_key(*role))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TokenSettings;

    #[test]
    fn what_has_no_effect_is_named() {
        let mut settings = Settings::defaults().unwrap();
        let notices = settings.notices();
        assert_eq!(notices.len(), 1, "{notices:?}");
        assert!(notices[0].contains("no credentials are configured"));

        let token = |role: &str| TokenSettings {
            sha256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae".to_owned(),
            user: "ann".to_owned(),
            project_id: "p1".to_owned(),
            roles: vec![role.to_owned()],
        };
        settings.identity.tokens = vec![token("te_admin")];
        assert_eq!(settings.notices(), [] as [String; 0]);

        settings.identity.tokens = vec![token("te_amdin")];
        let mut without_roles = token("");
        without_roles.roles.clear();
        settings.identity.tokens.push(without_roles);
        settings.logging.level = "info,nosuch=debug".to_owned();
        let notices = settings.notices().join("\n");
        for named in [
            "te_amdin",
            "the user \"ann\" (identity.tokens[1]) has no roles",
            "logging.level names \"nosuch\"",
        ] {
            assert!(notices.contains(named), "{notices}");
        }
    }
}
