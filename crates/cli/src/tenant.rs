//! What the operator may do, who opens the database itself.

use deskledger_domain::{Action, Policy, Principal, ProjectId, ProjectScope};

use crate::failure::Failure;

/// The project of the option `--project`.
///
/// # Errors
/// When it is not the identifier of one.
pub(crate) fn project(id: &str) -> Result<ProjectId, Failure> {
    ProjectId::new(id).map_err(|error| Failure::usage(format!("--project: {error}")))
}

/// A project, for somebody who may read all of the database: the credentials that count here are those of the database.
///
/// # Errors
/// When `id` is not the identifier of a project.
pub(crate) fn scope(id: &str, action: Action) -> Result<ProjectScope, Failure> {
    let project = project(id)?;
    let operator = Principal::new("operator", project.clone(), ["te_admin"]);
    Policy::default()
        .authorize(&operator, action, &project)
        .map_err(Failure::new)
}
