use std::fmt;
use std::str::FromStr;

use thiserror::Error;

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
    /// See and cancel the export links, and see the progress of the tasks, of other users.
    ManageExportLinks,
    /// Open the sealed reason of a denial.
    DecodeAuthorizationMessage,
    /// See who is signed in. One's own sessions everybody sees.
    ListSessions,
    /// End the sessions of others. One's own everybody ends.
    EndSessions,
    /// Make access keys with roles of one's own; see and revoke those of the project.
    ManageAccessKeys,
}

impl Action {
    /// Every action there is.
    pub const ALL: [Self; 12] = [
        Self::ExportConnections,
        Self::ListConnections,
        Self::RecordConnections,
        Self::ListExportAudits,
        Self::ExportAsTask,
        Self::ListExportTasks,
        Self::DeleteExportTasks,
        Self::ManageExportLinks,
        Self::DecodeAuthorizationMessage,
        Self::ListSessions,
        Self::EndSessions,
        Self::ManageAccessKeys,
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
            Self::ManageExportLinks => "workspace:connections:manageExportLinks",
            Self::DecodeAuthorizationMessage => "sts::decodeAuthorizationMessage",
            Self::ListSessions => "workspace:tenants:listSessions",
            Self::EndSessions => "workspace:tenants:endSessions",
            Self::ManageAccessKeys => "workspace:tenants:manageAccessKeys",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_read_back_by_its_name() {
        for action in Action::ALL {
            assert_eq!(action.name().parse(), Ok(action));
        }
        assert_eq!("workspace:*".parse::<Action>(), Err(UnknownAction));
    }
}
