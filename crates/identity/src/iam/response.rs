//! The wire: what Keystone v3 answers to `GET /v3/auth/tokens`.

use chrono::DateTime;
use deskledger_domain::{Principal, ProjectId};
use serde::Deserialize;

use super::IamError;
use super::verdict::Grant;

#[derive(Deserialize)]
struct Response {
    token: Token,
}

#[derive(Deserialize)]
struct Token {
    expires_at: String,
    user: Named,
    /// A token for a domain, for the system or for nothing has none.
    project: Option<Project>,
    #[serde(default)]
    roles: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    #[serde(default)]
    id: String,
}

#[derive(Deserialize)]
struct Project {
    id: String,
}

/// Reads the body of an answer with the status 200.
///
/// # Errors
/// When it is not what Keystone answers. The error holds nothing of the body.
pub(super) fn grant(body: &[u8]) -> Result<Grant, IamError> {
    let Response { token } = serde_json::from_slice(body)
        .map_err(|error| IamError::Json(error.line(), error.column()))?;
    let expires_at = DateTime::parse_from_rfc3339(&token.expires_at)
        .map_err(|_| IamError::Field("expires_at"))?
        .to_utc();
    let project = token
        .project
        .map(|project| ProjectId::new(&project.id))
        .transpose()
        .map_err(|_| IamError::Field("project.id"))?;
    let roles = token.roles.into_iter().map(|role| role.name);
    Ok(Grant {
        principal: project.map(|project| Principal::new(token.user.name, project, roles)),
        expires_at,
    })
}

/// Who the token is for that IAM issued: their name and their identifier.
///
/// # Errors
/// As [`grant`].
pub(super) fn user(body: &[u8]) -> Result<(String, String), IamError> {
    let Response { token } = serde_json::from_slice(body)
        .map_err(|error| IamError::Json(error.line(), error.column()))?;
    let Named { name, id } = token.user;
    if id.is_empty() {
        return Err(IamError::Field("user.id"));
    }
    Ok((name, id))
}

/// What Keystone answers to `GET /v3/auth/projects`.
#[derive(Deserialize)]
struct Projects {
    projects: Vec<NamedProject>,
}

/// A project that a user has roles in.
#[derive(Deserialize)]
pub(super) struct NamedProject {
    pub(super) id: String,
    pub(super) name: Option<String>,
    #[serde(default = "is_enabled")]
    pub(super) enabled: bool,
}

const fn is_enabled() -> bool {
    true
}

/// Reads the projects of a user.
///
/// # Errors
/// When it is not what Keystone answers.
pub(super) fn projects(body: &[u8]) -> Result<Vec<NamedProject>, IamError> {
    let Projects { projects } = serde_json::from_slice(body)
        .map_err(|error| IamError::Json(error.line(), error.column()))?;
    Ok(projects)
}

#[cfg(test)]
mod tests {
    use deskledger_domain::parse_time;

    use super::*;

    /// As Keystone 22 answers, shortened.
    const SCOPED: &str = r#"{"token": {"methods": ["password"], "user": {"domain": {"id": "default",
        "name": "Default"}, "id": "3d1e", "name": "ann", "password_expires_at": null},
        "audit_ids": ["LTEs"], "expires_at": "2026-11-23T13:59:52.965000Z",
        "issued_at": "2026-11-23T12:59:52.000000Z", "project": {"domain": {"id": "default",
        "name": "Default"}, "id": "e48e", "name": "one"}, "is_domain": false,
        "roles": [{"id": "4d26", "name": "reader"}, {"id": "426f", "name": "te_admin"}],
        "catalog": []}}"#;

    #[test]
    fn a_token_of_a_project_is_its_user_with_their_roles_until_it_expires() {
        let grant = grant(SCOPED.as_bytes()).unwrap();
        let project = ProjectId::new("e48e").unwrap();
        assert_eq!(
            grant.principal,
            Some(Principal::new("ann", project, ["reader", "te_admin"]))
        );
        let until = parse_time("2026-11-23T13:59:52.965Z").unwrap();
        assert_eq!(grant.expires_at, until);
    }

    #[test]
    fn a_token_of_a_domain_and_one_of_nothing_stand_for_nobody() {
        for scope in [
            r#""domain": {"id": "default", "name": "Default"}, "roles": [{"id": "1", "name": "te_admin"}],"#,
            r#""system": {"all": true}, "roles": [],"#,
            r#""project": null,"#,
            "",
        ] {
            let body = format!(
                r#"{{"token": {{{scope} "expires_at": "2026-11-23T13:59:52Z", "user": {{"name": "ann"}}}}}}"#
            );
            assert_eq!(grant(body.as_bytes()).unwrap().principal, None, "{scope}");
        }
    }

    #[test]
    fn what_keystone_does_not_answer_is_refused_and_not_shown() {
        let secret = "gAAAAABsecret";
        for body in [
            "",
            "null",
            "[]",
            "{}",
            "<html>gAAAAABsecret</html>",
            &SCOPED[..SCOPED.len() - 1],
            &SCOPED.replace("expires_at", "expires"),
            &SCOPED.replace("2026-11-23T13:59:52.965000Z", secret),
            &SCOPED.replace("2026-11-23T13:59:52.965000Z", ""),
            &SCOPED.replace("\"e48e\"", "\"\""),
            &SCOPED.replace("\"e48e\"", "7"),
            &SCOPED.replace("\"id\": \"e48e\",", ""),
            &SCOPED.replace("\"ann\"", &format!("{{\"{secret}\": 1}}")),
            &SCOPED.replace("\"te_admin\"", "null"),
            &SCOPED.replace("\"user\"", "\"usr\""),
        ] {
            let error = grant(body.as_bytes()).unwrap_err();
            assert!(!format!("{error} {error:?}").contains(secret), "{error}");
        }
    }
}
