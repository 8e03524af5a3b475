//! From the claims of a user to what they may do here.

use std::collections::{BTreeMap, BTreeSet};

use deskledger_domain::{Principal, ProjectId};
use serde_json::Value;

use super::{OidcGrant, OidcOptions};
use crate::error::{IdentityError, IdentityErrorKind};
use crate::session::SessionProject;

/// The group that everybody is in.
const EVERYBODY: &str = "*";

/// The most characters of the name of a user.
const MAX_NAME_CHARS: usize = 255;

/// Who a provider says somebody is, and what that lets them do here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OidcUser {
    /// The name of the user.
    pub(crate) name: String,
    /// What the provider knows them by, which is nobody else's there.
    pub(crate) subject: String,
    /// The projects that they may act in: at least one.
    pub(crate) projects: Vec<SessionProject>,
}

impl OidcUser {
    /// The user of some claims.
    ///
    /// # Errors
    /// When the claim that names them does not, or they have no project here (403).
    pub(super) fn of(claims: &Value, options: &OidcOptions) -> Result<Self, IdentityError> {
        let name = find(claims, &options.user_claim).and_then(Value::as_str);
        let name = name.filter(|name| {
            let length = name.chars().count();
            (1..=MAX_NAME_CHARS).contains(&length) && !name.chars().any(char::is_control)
        });
        let name = name.ok_or_else(|| {
            denied(format!(
                "the provider does not name the user: its claim {} is missing, or no text of 1 to {MAX_NAME_CHARS} visible characters",
                options.user_claim
            ))
        })?;
        let subject = find(claims, "sub").and_then(Value::as_str);
        let groups = groups(claims, &options.groups_claim);
        let projects = projects(name, &groups, &options.grants);
        if projects.is_empty() {
            return Err(denied(format!(
                "the user {name:?} is in no group that may use this service: an administrator gives a group a project"
            )));
        }
        Ok(Self {
            name: name.to_owned(),
            subject: subject.unwrap_or_default().to_owned(),
            projects,
        })
    }
}

/// A claim by its name, or by the names on the way to it with dots between.
fn find<'a>(claims: &'a Value, path: &str) -> Option<&'a Value> {
    // A name may have dots of its own, as URLs do.
    claims.get(path).or_else(|| {
        let mut names = path.split('.');
        names.try_fold(claims, |claims, name| claims.get(name))
    })
}

/// The groups of a user: a text is one, and of a list each text.
fn groups<'a>(claims: &'a Value, path: &str) -> BTreeSet<&'a str> {
    match find(claims, path) {
        Some(Value::String(group)) => BTreeSet::from([group.as_str()]),
        Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).collect(),
        _ => BTreeSet::new(),
    }
}

/// The projects of a user, in the order of the grants, each with the roles of all their groups.
fn projects(name: &str, groups: &BTreeSet<&str>, grants: &[OidcGrant]) -> Vec<SessionProject> {
    let mut order: Vec<&ProjectId> = Vec::new();
    let mut roles: BTreeMap<&ProjectId, BTreeSet<&str>> = BTreeMap::new();
    for grant in grants {
        // Nobody is in a group of this name: a provider that calls one so would give its people no more than all have.
        if grant.group == EVERYBODY || groups.contains(grant.group.as_str()) {
            if !roles.contains_key(&grant.project) {
                order.push(&grant.project);
            }
            let roles = roles.entry(&grant.project).or_default();
            roles.extend(grant.roles.iter().map(String::as_str));
        }
    }
    let of = |project: &ProjectId| {
        let roles = roles.get(project).into_iter().flatten().copied();
        SessionProject::of(&Principal::new(name, project.clone(), roles), None)
    };
    order.into_iter().map(of).collect()
}

fn denied(message: String) -> IdentityError {
    IdentityError::refused(IdentityErrorKind::SignInDenied, message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use ureq::tls::RootCerts;

    use super::*;

    fn grant(group: &str, project: &str, role: &str) -> OidcGrant {
        OidcGrant {
            group: group.to_owned(),
            project: ProjectId::new(project).unwrap(),
            roles: BTreeSet::from([role.to_owned()]),
        }
    }

    fn options(groups_claim: &str, grants: Vec<OidcGrant>) -> OidcOptions {
        OidcOptions {
            issuer: "https://id.example.com".to_owned(),
            client_id: "deskledger".to_owned(),
            client_secret: None,
            label: String::new(),
            scopes: Vec::new(),
            user_claim: "preferred_username".to_owned(),
            groups_claim: groups_claim.to_owned(),
            grants,
            leeway: Duration::ZERO,
            public_url: String::new(),
            roots: RootCerts::WebPki,
            request_timeout: Duration::from_secs(1),
        }
    }

    /// The projects that claims lead to, with their roles.
    fn found(claims: &Value, options: &OidcOptions) -> Vec<(String, Vec<String>)> {
        let user = OidcUser::of(claims, options).unwrap();
        let projects = user.projects.iter();
        let of = |project: &SessionProject| {
            let roles = project.roles.clone().unwrap_or_default();
            (project.id().to_owned(), roles.into_iter().collect())
        };
        projects.map(of).collect()
    }

    fn project(id: &str, roles: &[&str]) -> (String, Vec<String>) {
        let roles = roles.iter().map(|role| (*role).to_owned());
        (id.to_owned(), roles.collect())
    }

    #[test]
    fn groups_give_projects_with_the_roles_of_all_of_them() {
        let grants = vec![
            grant("admins", "p2", "te_admin"),
            grant("*", "p1", "reader"),
            grant("staff", "p2", "reader"),
            grant("others", "p3", "te_admin"),
        ];
        let options = options("groups", grants);
        let claims =
            |groups: Value| json!({"sub": "1", "preferred_username": "ann", "groups": groups});
        let all = claims(json!(["staff", "admins", 7]));
        assert_eq!(
            found(&all, &options),
            [
                project("p2", &["reader", "te_admin"]),
                project("p1", &["reader"])
            ]
        );
        assert_eq!(found(&claims(json!("others")), &options).len(), 2);
        for none in [
            json!(null),
            json!({"admins": true}),
            json!(7),
            json!(["Admins", "*"]),
        ] {
            assert_eq!(found(&claims(none), &options), [project("p1", &["reader"])]);
        }
    }

    #[test]
    fn claims_of_keycloak_and_of_entra_are_found() {
        let keycloak = json!({
            "sub": "1", "preferred_username": "ann", "realm_access": {"roles": ["ledger-admin", "offline_access"]},
        });
        let options_of =
            |path: &str, group: &str| options(path, vec![grant(group, "p1", "te_admin")]);
        let expected = [project("p1", &["te_admin"])];
        let options = options_of("realm_access.roles", "ledger-admin");
        assert_eq!(found(&keycloak, &options), expected);
        let guid = "5b6c7d0e-0000-4000-8000-1234567890ab";
        let entra = json!({
            "sub": "1", "preferred_username": "ann@example.com", "groups": [guid], "roles": ["Ledger.Admin"],
            "https://example.com/groups": ["a"],
        });
        assert_eq!(found(&entra, &options_of("groups", guid)), expected);
        assert_eq!(
            found(&entra, &options_of("roles", "Ledger.Admin")),
            expected
        );
        let url = "https://example.com/groups";
        assert_eq!(found(&entra, &options_of(url, "a")), expected);
    }

    #[test]
    fn who_is_not_named_or_has_no_project_is_not_signed_in() {
        let options = options("groups", vec![grant("staff", "p1", "reader")]);
        let refused = |claims: Value| {
            let error = OidcUser::of(&claims, &options).unwrap_err();
            assert_eq!(error.kind(), IdentityErrorKind::SignInDenied);
            error.to_string()
        };
        let groups = json!(["staff"]);
        for name in [
            json!(null),
            json!(""),
            json!(7),
            json!("a\0b"),
            json!("x".repeat(256)),
        ] {
            let message =
                refused(json!({"sub": "1", "preferred_username": name, "groups": groups}));
            assert!(message.contains("claim preferred_username"), "{message}");
        }
        let message =
            refused(json!({"sub": "1", "preferred_username": "ann", "groups": ["other"]}));
        assert!(message.contains("\"ann\" is in no group"), "{message}");
    }
}
