use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Denial, Principal};
use crate::ProjectId;

/// Which role may do what. A role that is not named may do nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    actions_by_role: BTreeMap<String, BTreeSet<Action>>,
}

impl Default for Policy {
    /// The vendor's two administrators, `te_admin` and `wks_adm`, may do everything; `wks_auditor` may look: list, export,
    /// and see who exported what. It brings nothing in, leaves no task behind, deletes nothing and opens no message.
    fn default() -> Self {
        let auditor = [
            Action::ExportConnections,
            Action::ListConnections,
            Action::ListExportAudits,
            Action::ListExportTasks,
        ];
        Self::new([
            ("te_admin".to_owned(), Action::ALL.into()),
            ("wks_adm".to_owned(), Action::ALL.into()),
            ("wks_auditor".to_owned(), auditor.into()),
        ])
    }
}

impl Policy {
    /// A policy from roles and what each of them may do.
    pub fn new(roles: impl IntoIterator<Item = (String, BTreeSet<Action>)>) -> Self {
        Self {
            actions_by_role: roles.into_iter().collect(),
        }
    }

    /// Decides whether `principal` may do `action` in the project `project_id`, and returns the reason if it is allowed.
    /// The decision depends on nothing else: the same question has the same answer.
    ///
    /// # Errors
    /// When the credentials are for another project, or none of the principal's roles allows the action. The error says
    /// which of the two it is.
    pub fn decide(
        &self,
        principal: &Principal,
        action: Action,
        project_id: &ProjectId,
    ) -> Result<Grant, Denial> {
        if principal.project_id() != project_id {
            return Err(Denial::OtherProject);
        }
        let (mut lacking, mut unknown) = (Vec::new(), Vec::new());
        for role in principal.roles() {
            match self.actions_by_role.get(role) {
                Some(actions) if actions.contains(&action) => {
                    return Ok(Grant {
                        role: role.to_owned(),
                        scope: ProjectScope(project_id.clone()),
                    });
                }
                Some(_) => lacking.push(role.to_owned()),
                None => unknown.push(role.to_owned()),
            }
        }
        Err(Denial::NoRole {
            action,
            lacking,
            unknown,
        })
    }

    /// Decides whether `principal` may do, in the project `project_id`, what concerns nobody but themselves. That needs no role.
    ///
    /// # Errors
    /// [`Denial::OtherProject`] when the credentials are for another project.
    pub fn decide_own(
        principal: &Principal,
        project_id: &ProjectId,
    ) -> Result<ProjectScope, Denial> {
        if principal.project_id() == project_id {
            Ok(ProjectScope(project_id.clone()))
        } else {
            Err(Denial::OtherProject)
        }
    }

    /// [`Policy::decide`] for callers that need the scope and not the reason.
    ///
    /// # Errors
    /// As for [`Policy::decide`].
    pub fn authorize(
        &self,
        principal: &Principal,
        action: Action,
        project_id: &ProjectId,
    ) -> Result<ProjectScope, Denial> {
        self.decide(principal, action, project_id)
            .map(Grant::into_scope)
    }
}

/// That somebody may do something, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    role: String,
    scope: ProjectScope,
}

impl Grant {
    /// The role that allows it: of several the first by name.
    pub fn role(&self) -> &str {
        &self.role
    }

    /// The project in which it is allowed.
    pub fn into_scope(self) -> ProjectScope {
        self.scope
    }
}

/// A project that somebody was found to be allowed to work in. Only a [`Policy`] makes one, and
/// without one there is no filter, so a query without a tenant cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectScope(ProjectId);

impl ProjectScope {
    /// The project.
    pub const fn project_id(&self) -> &ProjectId {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTION: Action = Action::ExportConnections;

    fn project(id: &str) -> ProjectId {
        ProjectId::new(id).unwrap()
    }

    fn role(name: &str, actions: &[Action]) -> (String, BTreeSet<Action>) {
        (name.to_owned(), actions.iter().copied().collect())
    }

    #[test]
    fn a_role_that_may_yields_a_scope_of_the_project_asked_for() {
        let ann = Principal::new("ann", project("p1"), ["guest", "te_admin"]);
        let grant = Policy::default().decide(&ann, ACTION, &project("p1"));
        let grant = grant.unwrap();
        assert_eq!(grant.role(), "te_admin");
        assert_eq!(grant.into_scope().project_id(), &project("p1"));
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
    fn a_denial_distinguishes_roles_without_the_action_from_roles_that_nobody_knows() {
        let policy = Policy::new([role("clerk", &[Action::ListConnections])]);
        for roles in [&["TE_ADMIN", "clerk", "reader"][..], &["clerk"], &[]] {
            let bob = Principal::new("bob", project("p1"), roles.iter().copied());
            let of = |known: bool| {
                let roles = roles.iter().filter(|role| (**role == "clerk") == known);
                roles.map(ToString::to_string).collect()
            };
            let denial = policy.authorize(&bob, ACTION, &project("p1"));
            let expected = Denial::NoRole {
                action: ACTION,
                lacking: of(true),
                unknown: of(false),
            };
            assert_eq!(denial, Err(expected));
        }
    }

    #[test]
    fn what_is_ones_own_needs_no_role_and_the_project() {
        let ann = Principal::new("ann", project("p1"), [""; 0]);
        let own = Policy::decide_own(&ann, &project("p1")).unwrap();
        assert_eq!(own.project_id(), &project("p1"));
        let other = Policy::decide_own(&ann, &project("p2"));
        assert_eq!(other, Err(Denial::OtherProject));
    }

    #[test]
    fn every_role_may_do_what_it_names_and_nothing_else() {
        for allowed in Action::ALL {
            let policy = Policy::new([role("one", &[allowed]), role("none", &[])]);
            let ann = Principal::new("ann", project("p1"), ["none", "one"]);
            for action in Action::ALL {
                let granted = policy.authorize(&ann, action, &project("p1")).is_ok();
                assert_eq!(granted, action == allowed, "{action} with {allowed}");
            }
        }
    }

    #[test]
    fn administrators_may_do_everything_and_an_auditor_may_look() {
        let may = |role: &str| {
            let principal = Principal::new("ann", project("p1"), [role]);
            Action::ALL
                .into_iter()
                .filter(|action| {
                    let decision = Policy::default().authorize(&principal, *action, &project("p1"));
                    decision.is_ok()
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(may("te_admin"), Action::ALL);
        assert_eq!(may("wks_adm"), Action::ALL);
        assert_eq!(
            may("wks_auditor"),
            [
                Action::ExportConnections,
                Action::ListConnections,
                Action::ListExportAudits,
                Action::ListExportTasks,
            ]
        );
        assert_eq!(may("reader"), []);
    }
}
