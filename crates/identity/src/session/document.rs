//! What a session may do, as it is sealed.

use std::collections::BTreeSet;

use deskledger_domain::{Principal, ProjectId};
use serde::{Deserialize, Serialize};

/// What is sealed of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionDocument {
    /// Raised when the rest changes its meaning.
    version: u8,
    user: String,
    /// The projects that may be chosen, each once.
    pub(crate) projects: Vec<SessionProject>,
    /// Which of them is chosen, by its position.
    chosen: usize,
    /// The token that the session stands for, or by which IAM was asked. Where it is valid no more, the session ends.
    pub(crate) token: Option<String>,
}

/// A project that a session may act in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionProject {
    id: String,
    /// What people call it, where that is known.
    pub name: Option<String>,
    /// The roles of the user in it; `None` where they are found out when the project is chosen.
    pub roles: Option<BTreeSet<String>>,
}

impl SessionProject {
    /// The project of a principal, with their roles there.
    pub fn of(principal: &Principal, name: Option<String>) -> Self {
        Self {
            id: principal.project_id().as_str().to_owned(),
            name,
            roles: Some(principal.roles().map(str::to_owned).collect()),
        }
    }

    /// A project of which the user's roles are not known yet.
    pub fn without_roles(id: &ProjectId, name: Option<String>) -> Self {
        Self {
            id: id.as_str().to_owned(),
            name,
            roles: None,
        }
    }

    /// The identifier of the project.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl SessionDocument {
    const VERSION: u8 = 1;

    /// The document of a user, who acts in the first of some projects.
    pub(crate) fn new(user: String, projects: Vec<SessionProject>, token: Option<String>) -> Self {
        Self {
            version: Self::VERSION,
            user,
            projects,
            chosen: 0,
            token,
        }
    }

    /// Reads a document; `None` where it is of another version, or contradicts itself.
    pub(crate) fn from_json(json: &[u8]) -> Option<Self> {
        let document: Self = serde_json::from_slice(json).ok()?;
        (document.version == Self::VERSION && document.principal().is_some()).then_some(document)
    }

    /// The document as it is sealed.
    ///
    /// # Errors
    /// Never, as long as every part of it has a text as its key.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// The user in the project that is chosen, with their roles there.
    pub(crate) fn principal(&self) -> Option<Principal> {
        let project = self.projects.get(self.chosen)?;
        let id = ProjectId::new(&project.id).ok()?;
        let roles = project.roles.iter().flatten();
        Some(Principal::new(&self.user, id, roles))
    }

    /// Chooses a project, and says whether it is one of the session's.
    pub(crate) fn choose(&mut self, project: &ProjectId) -> Option<&mut SessionProject> {
        let mut ids = self.projects.iter().map(SessionProject::id);
        self.chosen = ids.position(|id| id == project.as_str())?;
        self.projects.get_mut(self.chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(id: &str) -> ProjectId {
        ProjectId::new(id).unwrap()
    }

    #[test]
    fn a_document_is_read_back_and_acts_in_the_chosen_project_alone() {
        let ann = Principal::new("ann", project("p1"), ["te_admin"]);
        let projects = vec![
            SessionProject::of(&ann, Some("One".to_owned())),
            SessionProject::without_roles(&project("p2"), None),
        ];
        let mut document = SessionDocument::new("ann".to_owned(), projects, None);
        assert_eq!(document.principal(), Some(ann));
        assert!(document.choose(&project("p3")).is_none());
        assert_eq!(document.principal().unwrap().project_id().as_str(), "p1");
        document.choose(&project("p2")).unwrap();
        let read = SessionDocument::from_json(&document.to_json().unwrap()).unwrap();
        assert_eq!(read, document);
        let principal = read.principal().unwrap();
        assert_eq!(principal, Principal::new("ann", project("p2"), [""; 0]));
    }

    #[test]
    fn another_version_and_a_choice_that_is_not_there_open_nothing() {
        let ann = Principal::new("ann", project("p1"), ["te_admin"]);
        let projects = vec![SessionProject::of(&ann, None)];
        let document = SessionDocument::new("ann".to_owned(), projects, None);
        let json = String::from_utf8(document.to_json().unwrap()).unwrap();
        assert!(SessionDocument::from_json(json.as_bytes()).is_some());
        for (part, other) in [
            ("\"version\":1", "\"version\":2"),
            ("\"chosen\":0", "\"chosen\":1"),
            ("\"id\":\"p1\"", "\"id\":\"\""),
        ] {
            assert!(json.contains(part), "{json}");
            let changed = json.replace(part, other);
            assert_eq!(SessionDocument::from_json(changed.as_bytes()), None);
        }
    }
}
