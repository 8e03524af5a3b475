//! Signing in with a user and a password of IAM (Keystone v3, `POST /v3/auth/tokens`).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use deskledger_domain::{Principal, ProjectId};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::client::IamClient;
use super::peers::NOWHERE;
use super::response::NamedProject;
use super::{IamError, IamTokens, Questions, header_value};
use crate::error::{IdentityError, IdentityErrorKind};
use crate::token::invalid_token;

/// The user who signs in, as they say.
#[derive(Clone, Debug)]
pub struct PasswordLogin {
    /// The name of the domain that the user is in.
    pub domain: String,
    /// The name of the user.
    pub user: String,
    /// Their password.
    pub password: SecretString,
    /// The code of their device, where they have one.
    pub passcode: Option<SecretString>,
}

/// Somebody whose password was right.
#[derive(Clone, Debug)]
pub(crate) struct IamUser {
    /// The name of the user.
    pub user: String,
    /// Their identifier, which is nobody else's.
    pub user_id: String,
    /// A token of theirs that is for no project.
    pub token: String,
    /// Until when it is valid.
    pub expires_at: DateTime<Utc>,
    /// The projects that they have roles in, with their names.
    pub projects: Vec<(ProjectId, Option<String>)>,
}

impl PasswordLogin {
    /// The body that asks for a token for no project.
    fn body(&self) -> Value {
        let user = |name: &str, secret: &SecretString| {
            json!({
                "user": {
                    "name": self.user,
                    "domain": {"name": self.domain},
                    name: secret.expose_secret(),
                }
            })
        };
        let mut identity = json!({
            "methods": ["password"],
            "password": user("password", &self.password),
        });
        if let Some(passcode) = &self.passcode {
            identity["methods"] = json!(["password", "totp"]);
            identity["totp"] = user("passcode", passcode);
        }
        json!({"auth": {"identity": identity, "scope": "unscoped"}})
    }
}

impl IamTokens {
    /// The user with a password, and their projects; `None` where IAM refuses it.
    ///
    /// # Errors
    /// When IAM does not say (503), or too many ask it from this address (429).
    pub(crate) async fn user_by_password(
        &self,
        login: PasswordLogin,
        peer: Option<IpAddr>,
    ) -> Result<Option<IamUser>, IdentityError> {
        let issued = self
            .put_question(peer, move |client| client.issue(&login.body()))
            .await?;
        let Some(issued) = issued else {
            return Ok(None);
        };
        let token = issued.token.clone();
        let projects = self
            .put_question(peer, move |client| client.projects(&token))
            .await?;
        let Some(projects) = projects else {
            return Ok(None);
        };
        Ok(Some(IamUser {
            user: issued.user,
            user_id: issued.user_id,
            token: String::from_utf8_lossy(issued.token.as_bytes()).into_owned(),
            expires_at: issued.grant.expires_at,
            projects: projects
                .into_iter()
                .filter(|project| project.enabled)
                .filter_map(|NamedProject { id, name, .. }| Some((ProjectId::new(id).ok()?, name)))
                .collect(),
        }))
    }

    /// The user of a token in a project, with their roles there; `None` where the token is not valid, or they have none.
    ///
    /// # Errors
    /// As [`Self::user_by_password`].
    pub(crate) async fn in_project(
        &self,
        token: &str,
        project: &ProjectId,
        peer: Option<IpAddr>,
    ) -> Result<Option<Principal>, IdentityError> {
        header_value(token.as_bytes()).ok_or_else(invalid_token)?;
        let body = json!({"auth": {
            "identity": {"methods": ["token"], "token": {"id": token}},
            "scope": {"project": {"id": project.as_str()}},
        }});
        let issued = self
            .put_question(peer, move |client| client.issue(&body))
            .await?;
        let principal = issued.and_then(|issued| issued.grant.principal);
        Ok(principal.filter(|principal| principal.project_id() == project))
    }

    /// Revokes a token that IAM issued for a sign-in. Nobody waits for that: the session has ended.
    pub(crate) fn revoke(&self, token: &str) {
        let Some(token) = header_value(token.as_bytes()) else {
            return;
        };
        let questions = Arc::clone(&self.questions);
        tokio::spawn(async move {
            let asker = questions.peers.asker(NOWHERE);
            let Ok(permit) = questions.limiter.acquire(&asker).await else {
                return;
            };
            let client = questions.client.clone();
            let revoked = tokio::task::spawn_blocking(move || client.revoke(&token)).await;
            drop(permit);
            if !matches!(revoked, Ok(Ok(()))) {
                tracing::debug!("a token of a session that ended was not revoked");
            }
        });
    }

    /// Asks IAM something in turn with the tokens that others bring.
    async fn put_question<T: Send + 'static>(
        &self,
        peer: Option<IpAddr>,
        question: impl FnOnce(&IamClient) -> Result<Option<T>, IamError> + Send + 'static,
    ) -> Result<Option<T>, IdentityError> {
        let questions: &Questions = &self.questions;
        let peer = peer.unwrap_or(NOWHERE);
        let share = questions.peers.asker(peer);
        let permit = match questions.limiter.acquire(&share).await {
            Ok(permit) => permit,
            Err(refusal) => {
                questions.observer.count_request("busy");
                return Err(self.not_asked(refusal));
            }
        };
        let (client, began) = (questions.client.clone(), Instant::now());
        let answer = tokio::task::spawn_blocking(move || {
            let answer = question(&client);
            drop(permit);
            answer
        });
        let answer = answer.await.unwrap_or(Err(IamError::BrokenOff));
        questions.observer.observe_request(began.elapsed());
        questions.observer.count_request(match &answer {
            Ok(Some(_)) => "valid",
            Ok(None) => "refused",
            Err(_) => "failed",
        });
        match answer {
            Ok(Some(answer)) => {
                questions.peers.brought_good(peer);
                Ok(Some(answer))
            }
            Ok(None) => {
                questions.peers.brought_refused(peer);
                Ok(None)
            }
            Err(error) => Err(IdentityError::refused_for(
                IdentityErrorKind::IamUnavailable,
                "the identity service is unavailable, so nobody can sign in by it: try again later",
                self.retry_after,
                Some(Box::new(error)),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passcode_is_a_method_of_its_own_and_no_secret_is_shown() {
        let mut login = PasswordLogin {
            domain: "Default".to_owned(),
            user: "ann".to_owned(),
            password: "hunter2".into(),
            passcode: None,
        };
        let body = login.body();
        assert_eq!(body["auth"]["scope"], "unscoped");
        let identity = &body["auth"]["identity"];
        assert_eq!(identity["methods"], json!(["password"]));
        assert_eq!(
            identity["password"]["user"],
            json!({"name": "ann", "domain": {"name": "Default"}, "password": "hunter2"})
        );
        login.passcode = Some("123456".into());
        let body = login.body();
        let identity = &body["auth"]["identity"];
        assert_eq!(identity["methods"], json!(["password", "totp"]));
        assert_eq!(identity["totp"]["user"]["passcode"], "123456");
        let shown = format!("{login:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("123456"),
            "{shown}"
        );
    }
}
