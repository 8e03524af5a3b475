use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::ProjectId;

/// Who asks: a user, the one project his credentials are for, and his roles there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    user: String,
    project_id: ProjectId,
    roles: BTreeSet<String>,
}

impl Principal {
    /// A user with roles in a project.
    pub fn new<R: Into<String>>(
        user: impl Into<String>,
        project_id: ProjectId,
        roles: impl IntoIterator<Item = R>,
    ) -> Self {
        Self {
            user: user.into(),
            project_id,
            roles: roles.into_iter().map(Into::into).collect(),
        }
    }

    /// The name of the user.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The project that the user's credentials are for.
    pub const fn project_id(&self) -> &ProjectId {
        &self.project_id
    }

    /// The roles of the user in that project.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.roles.iter().map(String::as_str)
    }
}

/// What may be done, by the names of `contract.md` §4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Take connection records out as a file.
    ExportConnections,
    /// Page through connection records, and count users online.
    ListConnections,
    /// Bring connection records in.
    RecordConnections,
    /// List who exported what.
    ListExportAudits,
    /// Start an export that goes on as a task, and take its file.
    ExportAsTask,
    /// List the tasks that export.
    ListExportTasks,
    /// Delete tasks that export, with their files.
    DeleteExportTasks,
    /// Open the sealed reason of a denial.
    DecodeAuthorizationMessage,
}

impl Action {
    /// Every action there is.
    pub const ALL: [Self; 8] = [
        Self::ExportConnections,
        Self::ListConnections,
        Self::RecordConnections,
        Self::ListExportAudits,
        Self::ExportAsTask,
        Self::ListExportTasks,
        Self::DeleteExportTasks,
        Self::DecodeAuthorizationMessage,
    ];

    /// The name of the action in a policy: `workspace:connections:securityExport`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExportConnections => "workspace:connections:securityExport",
            Self::ListConnections => "workspace:connections:securityList",
            Self::RecordConnections => "workspace:connections:record",
            Self::ListExportAudits => "workspace:connections:listExportAudits",
            Self::ExportAsTask => "workspace:tenants:exportData",
            Self::ListExportTasks => "workspace:tenants:listExportTasks",
            Self::DeleteExportTasks => "workspace:tenants:deleteExportTasks",
            Self::DecodeAuthorizationMessage => "sts::decodeAuthorizationMessage",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Action {
    type Err = UnknownAction;

    /// Reads the name of an action, exactly as [`Action::name`] writes it.
    fn from_str(name: &str) -> Result<Self, UnknownAction> {
        Self::ALL
            .into_iter()
            .find(|action| action.name() == name)
            .ok_or(UnknownAction)
    }
}

/// No action has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not an action: the actions are {}", Action::ALL.map(Action::name).join(", "))]
pub struct UnknownAction;

/// Which role may do what. A role that is not named may do nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    actions_by_role: BTreeMap<String, BTreeSet<Action>>,
}

impl Default for Policy {
    /// The vendor's two administrators, `te_admin` and `wks_adm`, may do everything.
    fn default() -> Self {
        Self::new(["te_admin", "wks_adm"].map(|role| (role.to_owned(), Action::ALL.into())))
    }
}

impl Policy {
    /// A policy from roles and what each of them may do.
    pub fn new(roles: impl IntoIterator<Item = (String, BTreeSet<Action>)>) -> Self {
        Self {
            actions_by_role: roles.into_iter().collect(),
        }
    }

    /// Decides whether `principal` may do `action` in the project `project_id`, and yields the scope in which he
    /// may. Nothing else yields one.
    ///
    /// # Errors
    /// When his credentials are for another project, or none of his roles may do it.
    pub fn authorize(
        &self,
        principal: &Principal,
        action: Action,
        project_id: &ProjectId,
    ) -> Result<ProjectScope, Denial> {
        if principal.project_id() != project_id {
            return Err(Denial::OtherProject);
        }
        let allowed = principal
            .roles()
            .filter_map(|role| self.actions_by_role.get(role))
            .any(|actions| actions.contains(&action));
        if allowed {
            Ok(ProjectScope(project_id.clone()))
        } else {
            Err(Denial::NoRole { action })
        }
    }
}

/// A project that somebody was found to be allowed to work in. Only [`Policy::authorize`] makes one, and
/// no filter is made without one, so no query without a tenant can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectScope(ProjectId);

impl ProjectScope {
    /// The project.
    pub const fn project_id(&self) -> &ProjectId {
        &self.0
    }
}

/// Why somebody may not do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Denial {
    /// His credentials are for another project than the one he asks for.
    #[error("the credentials are not for this project")]
    OtherProject,
    /// None of his roles may do it.
    #[error("no role of the user allows {action}")]
    NoRole {
        /// What he asked to do.
        action: Action,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTION: Action = Action::ExportConnections;

    fn project(id: &str) -> ProjectId {
        ProjectId::new(id).unwrap()
    }

    #[test]
    fn an_action_is_read_back_by_its_name() {
        for action in Action::ALL {
            assert_eq!(action.name().parse(), Ok(action));
        }
        assert_eq!("workspace:*".parse::<Action>(), Err(UnknownAction));
    }

    #[test]
    fn a_role_that_may_yields_a_scope_of_the_project_asked_for() {
        let ann = Principal::new("ann", project("p1"), ["guest", "te_admin"]);
        let scope = Policy::default().authorize(&ann, ACTION, &project("p1"));
        assert_eq!(scope.unwrap().project_id(), &project("p1"));
    }

    #[test]
    fn another_project_is_denied_whatever_the_role() {
        let ann = Principal::new("ann", project("p1"), ["te_admin"]);
        for other in ["p2", "P1", "p1 ", "p"] {
            let denial = Policy::default().authorize(&ann, ACTION, &project(other));
            assert_eq!(denial, Err(Denial::OtherProject), "{other}");
        }
    }

    #[test]
    fn an_unknown_role_and_no_role_are_denied() {
        for roles in [&["reader", "TE_ADMIN"][..], &[]] {
            let bob = Principal::new("bob", project("p1"), roles.iter().copied());
            let denial = Policy::default().authorize(&bob, ACTION, &project("p1"));
            assert_eq!(denial, Err(Denial::NoRole { action: ACTION }));
        }
    }

    #[test]
    fn a_role_without_the_action_is_denied() {
        let policy = Policy::new([("clerk".to_owned(), BTreeSet::new())]);
        let bob = Principal::new("bob", project("p1"), ["clerk"]);
        assert!(policy.authorize(&bob, ACTION, &project("p1")).is_err());
    }
}
