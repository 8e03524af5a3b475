//! Access keys of the database, as those see, make and revoke them who may.
//!
//! Nobody gives a key more than they have: it stands for the caller, with roles of theirs. And no key makes keys, so one that got
//! into wrong hands ends when it is revoked. See `docs/decisions/0128-access-keys-over-http.md`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use deskledger_domain::{Clock, CredentialKind, Principal, ProjectScope};
use deskledger_store::{
    AccessKeyBounds, AccessKeyStore, Addition, NewAccessKey, Revocation, StoreError,
    StoreErrorKind, StoredAccessKey, Use,
};
use secrecy::SecretString;

use super::generate::GeneratedAccessKey;
use super::stored_key::StoredKeys;
use crate::error::{IdentityError, IdentityErrorKind};

/// How many keys may be active.
const BOUNDS: AccessKeyBounds = AccessKeyBounds {
    of_user: 10,
    of_project: 200,
};

/// How many keys of a project are listed at most, the revoked ones included.
const MOST_LISTED: u32 = 1000;

/// The access keys of the database, for those who manage the ones of their project.
pub struct AccessKeys<'a> {
    pub(super) stored: &'a StoredKeys,
    pub(super) clock: &'a Clock,
}

/// A new access key, which is not in the database yet.
pub struct WantedAccessKey {
    key: GeneratedAccessKey,
    principal: Principal,
}

/// An access key that was just made. Its secret is shown once.
pub struct MadeAccessKey {
    /// The identifier, which a request names.
    pub id: String,
    /// What requests are signed with.
    pub secret: SecretString,
    /// Whom it stands for.
    pub principal: Principal,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl WantedAccessKey {
    /// A key for a caller who proved who they are by a `credential`, with these roles of theirs, or all of them.
    ///
    /// # Errors
    /// When they came with an access key, or lack one of the roles (403); when the system has no random numbers.
    pub fn new(
        caller: &Principal,
        credential: CredentialKind,
        roles: Option<Vec<String>>,
    ) -> Result<Self, IdentityError> {
        if credential == CredentialKind::AccessKey {
            return Err(IdentityError::refused(
                IdentityErrorKind::KeyMakesNoKey,
                "an access key makes no access keys: sign in, or send a token",
            ));
        }
        let roles = match roles {
            Some(roles) => roles,
            // What no database keeps is no name of a role that the policy knows.
            None => caller
                .roles()
                .filter(|role| can_be_kept(role))
                .map(str::to_owned)
                .collect(),
        };
        if let Some(role) = roles
            .iter()
            .find(|role| !caller.roles().any(|own| own == **role) || !can_be_kept(role))
        {
            let shown: String = role.chars().take(100).collect();
            return Err(IdentityError::refused(
                IdentityErrorKind::RoleNotHeld,
                format!(
                    "the user does not have the role {shown:?} in this project: give roles of the user, or leave the field out"
                ),
            ));
        }
        Ok(Self {
            key: GeneratedAccessKey::generate().map_err(IdentityError::Seal)?,
            principal: Principal::new(caller.user(), caller.project_id().clone(), roles),
        })
    }

    /// The identifier that it will have.
    pub fn id(&self) -> &str {
        &self.key.id
    }
}

/// Whether the databases keep the name of a role.
fn can_be_kept(role: &str) -> bool {
    !role.is_empty() && !role.contains(['\n', '\0'])
}

impl AccessKeys<'_> {
    /// The keys of a project: those that are not revoked first, the newest of each first. 1,000 at most.
    ///
    /// # Errors
    /// When the role of the database may not read them (404), or the database does not answer (503).
    pub async fn list(&self, scope: ProjectScope) -> Result<Vec<StoredAccessKey>, IdentityError> {
        self.ask(move |keys| keys.of_project(&scope, MOST_LISTED))
            .await
    }

    /// Adds a key, which this process knows from now on.
    ///
    /// # Errors
    /// When the user or the project has as many as they may (409), the role of the database may not write them (404), the
    /// database does not answer (503), or the system has no random numbers.
    pub async fn make(&self, wanted: WantedAccessKey) -> Result<MadeAccessKey, IdentityError> {
        let WantedAccessKey { key, principal } = wanted;
        let sealed = self
            .stored
            .sealer()
            .seal(&key.id, &principal, &key.secret)
            .map_err(IdentityError::Seal)?;
        let created_at = self.clock.now();
        let (id, owner) = (key.id.clone(), principal.clone());
        let addition = self.ask(move |keys| {
            let key = NewAccessKey {
                id: &id,
                principal: &owner,
                sealed_secret: &sealed,
                created_at,
            };
            keys.add_within(&key, BOUNDS)
        });
        match addition.await? {
            Addition::Added => {}
            Addition::UserHasEnough => return Err(too_many("the user", BOUNDS.of_user)),
            Addition::ProjectHasEnough => return Err(too_many("the project", BOUNDS.of_project)),
        }
        self.stored.forget().await;
        Ok(MadeAccessKey {
            id: key.id,
            secret: key.secret,
            principal,
            created_at,
        })
    }

    /// Revokes a key of a project, for good. This process takes it no more; others know within moments.
    ///
    /// # Errors
    /// When the project has no such key, or the role of the database may not write them (404); when the database does not answer
    /// (503).
    pub async fn revoke(&self, scope: ProjectScope, id: String) -> Result<(), IdentityError> {
        let now = self.clock.now();
        match self
            .ask(move |keys| keys.revoke_of(&scope, &id, now))
            .await?
        {
            Revocation::Revoked | Revocation::AlreadyRevoked => {
                self.stored.forget().await;
                Ok(())
            }
            Revocation::Unknown => Err(IdentityError::refused(
                IdentityErrorKind::UnknownAccessKey,
                "this project has no access key with this identifier that a database keeps",
            )),
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn AccessKeyStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, IdentityError> {
        let store = Arc::clone(self.stored.store());
        let answer = tokio::task::spawn_blocking(move || {
            question(store.access_keys()).map_err(|error| {
                let rights = store.check_rights(Use::ChangeKeys);
                match rights {
                    Err(lacking) if lacking.kind() == StoreErrorKind::LacksRights => {
                        IdentityError::refused_because(
                            IdentityErrorKind::KeysNotConfigured,
                            "access keys cannot be managed here: the role of the database lacks rights to them, which an operator grants",
                            lacking,
                        )
                    }
                    _ => error.into(),
                }
            })
        });
        answer.await?
    }
}

fn too_many(whose: &str, most: u32) -> IdentityError {
    IdentityError::refused(
        IdentityErrorKind::TooManyKeys,
        format!(
            "{whose} has {most} access keys in this project, which is as many as there may be: revoke one first"
        ),
    )
}

#[cfg(test)]
mod tests {
    use deskledger_domain::ProjectId;

    use super::*;

    fn wanted(
        roles: Option<&[&str]>,
        credential: CredentialKind,
    ) -> Result<WantedAccessKey, IdentityError> {
        let ann = Principal::new(
            "ann",
            ProjectId::new("p1").unwrap(),
            ["te_admin", "wks_auditor", "two\nlines", ""],
        );
        let roles = roles.map(|roles| roles.iter().map(ToString::to_string).collect());
        WantedAccessKey::new(&ann, credential, roles)
    }

    #[test]
    fn a_key_has_roles_of_its_user_and_no_others() {
        let of = |roles| {
            let key = wanted(roles, CredentialKind::Session).ok()?;
            assert_eq!(key.principal.user(), "ann");
            Some(key.principal.roles().map(str::to_owned).collect::<Vec<_>>())
        };
        assert_eq!(of(None).unwrap(), ["te_admin", "wks_auditor"]);
        assert_eq!(of(Some(&["wks_auditor"])).unwrap(), ["wks_auditor"]);
        for more in [
            &["wks_adm"][..],
            &["wks_auditor", "TE_ADMIN"],
            &["two\nlines"],
            &[""],
        ] {
            let refused = wanted(Some(more), CredentialKind::Token).err().unwrap();
            assert_eq!(refused.kind(), IdentityErrorKind::RoleNotHeld, "{more:?}");
        }
    }

    #[test]
    fn an_access_key_makes_no_access_keys() {
        let refused = wanted(None, CredentialKind::AccessKey).err().unwrap();
        assert_eq!(refused.kind(), IdentityErrorKind::KeyMakesNoKey);
    }
}
