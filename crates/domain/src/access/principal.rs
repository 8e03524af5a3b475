use std::collections::BTreeSet;

use crate::ProjectId;

/// The caller: a user, the one project that their credentials are for, and their roles there.
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
