use chrono::{DateTime, Utc};
use deskledger_domain::{Action, Denial, Principal, ProjectId, format_time};
use serde::Serialize;

use super::MessageSealer;

/// The most characters of a user's name, and of an explanation, that a document holds.
const MAX_USER_CHARS: usize = 100;
const MAX_EXPLANATION_CHARS: usize = 300;

/// The most roles that a document names: a token may come with hundreds.
const MAX_ROLES: usize = 64;

/// What a sealed message says, as JSON: who was denied what, where, when, and by which rule.
#[derive(Serialize)]
pub struct DenialDocument<'a> {
    allowed: bool,
    rule: &'static str,
    explanation: String,
    principal: PrincipalDocument<'a>,
    action: &'static str,
    project_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<RolesDocument<'a>>,
    time: String,
    request_id: &'a str,
}

#[derive(Serialize)]
struct PrincipalDocument<'a> {
    user: String,
    project_id: &'a str,
}

/// The roles that were looked at.
#[derive(Serialize)]
struct RolesDocument<'a> {
    /// The policy names them, and they lack the action.
    lacking: &'a [String],
    /// The policy does not name them.
    unknown: &'a [String],
    /// How many more there were than this document has room for.
    left_out: usize,
}

impl<'a> DenialDocument<'a> {
    /// A document of one denial.
    pub fn new(
        denial: &'a Denial,
        principal: &'a Principal,
        action: Action,
        project: &'a ProjectId,
        time: DateTime<Utc>,
        request_id: &'a str,
    ) -> Self {
        Self {
            allowed: false,
            rule: denial.rule(),
            explanation: cut(&denial.to_string(), MAX_EXPLANATION_CHARS),
            principal: PrincipalDocument {
                user: cut(principal.user(), MAX_USER_CHARS),
                project_id: principal.project_id().as_str(),
            },
            action: action.name(),
            project_id: project.as_str(),
            roles: RolesDocument::of(denial),
            time: format_time(time),
            request_id,
        }
    }

    /// The document as JSON, no longer than can be sealed: roles that do not fit are counted.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which its types exclude.
    pub fn into_json(mut self) -> serde_json::Result<String> {
        loop {
            let json = serde_json::to_string(&self)?;
            let fits = json.len() <= MessageSealer::MAX_BYTES;
            if fits || !self.roles.as_mut().is_some_and(RolesDocument::shorten) {
                return Ok(json);
            }
        }
    }
}

impl<'a> RolesDocument<'a> {
    fn of(denial: &'a Denial) -> Option<Self> {
        let Denial::NoRole {
            lacking, unknown, ..
        } = denial
        else {
            return None;
        };
        let mut roles = Self {
            lacking,
            unknown,
            left_out: 0,
        };
        while roles.lacking.len() + roles.unknown.len() > MAX_ROLES {
            roles.shorten();
        }
        Some(roles)
    }

    /// Leaves one role out, one that the policy does not name where there is one, and says whether there was any.
    fn shorten(&mut self) -> bool {
        let roles = if self.unknown.is_empty() {
            &mut self.lacking
        } else {
            &mut self.unknown
        };
        let Some((_, rest)) = roles.split_last() else {
            return false;
        };
        *roles = rest;
        self.left_out += 1;
        true
    }
}

/// The beginning of a text, with a mark where it is cut.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ACTION: Action = Action::ExportConnections;

    fn document(denial: &Denial, user: &str, own: &str, asked: &str) -> Value {
        let project = |id| ProjectId::new(id).unwrap();
        let principal = Principal::new(user, project(own), [""; 0]);
        let asked = project(asked);
        let time = DateTime::from_timestamp(1_587_697_367, 0).unwrap();
        let document = DenialDocument::new(denial, &principal, ACTION, &asked, time, "id-1");
        let json = document.into_json().unwrap();
        assert!(
            json.len() <= MessageSealer::MAX_BYTES,
            "{} bytes",
            json.len()
        );
        serde_json::from_str(&json).unwrap()
    }

    fn no_role(lacking: Vec<String>, unknown: Vec<String>) -> Denial {
        Denial::NoRole {
            action: ACTION,
            lacking,
            unknown,
        }
    }

    #[test]
    fn a_document_says_who_was_denied_what_and_why() {
        let denial = no_role(vec!["clerk".into()], vec!["guest".into()]);
        let expected = json!({
            "allowed": false,
            "rule": "no_role",
            "explanation": "no role of the user allows workspace:connections:securityExport \
                            (without it: \"clerk\"; not in the policy: \"guest\")",
            "principal": {"user": "ann", "project_id": "p1"},
            "action": "workspace:connections:securityExport",
            "project_id": "p1",
            "roles": {"lacking": ["clerk"], "unknown": ["guest"], "left_out": 0},
            "time": "2020-04-24T03:02:47Z",
            "request_id": "id-1",
        });
        assert_eq!(document(&denial, "ann", "p1", "p1"), expected);

        let other = document(&Denial::OtherProject, "ann", "p1", "p2");
        assert_eq!(other["rule"], "other_project");
        assert_eq!(other["principal"]["project_id"], "p1");
        assert_eq!(other["project_id"], "p2");
        assert_eq!(other.get("roles"), None);
    }

    #[test]
    fn the_longest_names_fit() {
        // In JSON each of these takes six bytes.
        let long = "\u{1}".repeat(255);
        let roles = |count: usize| vec![long.clone(); count];
        for (lacking, unknown) in [(0, 0), (1, 0), (0, 500), (500, 0), (500, 500)] {
            let denial = no_role(roles(lacking), roles(unknown));
            let roles = &document(&denial, &long.repeat(10), &long, &long)["roles"];
            let kept = roles["lacking"].as_array().unwrap().len()
                + roles["unknown"].as_array().unwrap().len();
            assert_eq!(roles["left_out"], lacking + unknown - kept);
        }
    }

    #[test]
    fn roles_that_nobody_knows_are_left_out_first() {
        let roles = |count: usize| (0..count).map(|number| number.to_string()).collect();
        let denial = no_role(roles(40), roles(400));
        let roles = &document(&denial, "ann", "p1", "p1")["roles"];
        assert_eq!(roles["lacking"].as_array().unwrap().len(), 40);
        assert_eq!(roles["unknown"].as_array().unwrap().len(), MAX_ROLES - 40);
        assert_eq!(roles["left_out"], 400 - (MAX_ROLES - 40));
    }
}
