//! Links by which somebody who needs no credentials, such as a browser's download manager, takes one export.

use std::fmt;

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::parameter::Parameter;
use crate::values::{Values, from_pairs};
use crate::{InvalidFilter, ProjectId, ProjectScope, TaskId};

/// The identifier of an export link, which is no secret: 1 to 64 letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(TaskId);

impl LinkId {
    /// The most characters an identifier may have.
    pub const MAX_CHARS: usize = TaskId::MAX_CHARS;

    /// Checks and takes an identifier.
    ///
    /// # Errors
    /// When it is not a valid identifier.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidLink> {
        TaskId::new(id).map(Self).map_err(|_| InvalidLink::Id)
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An export link, as it is at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportLink {
    /// Its identifier.
    pub id: LinkId,
    /// The tenant.
    pub project_id: ProjectId,
    /// The name of the user who made it.
    pub user: String,
    /// What was asked for, in the form that is kept with it.
    pub request: String,
    /// The export task whose file it leads to; `None` where it leads to an export that begins when it is followed.
    pub task_id: Option<TaskId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when its one download must begin.
    pub begins_before: DateTime<Utc>,
    /// How many records matched when it was made; `None` for the file of a task.
    pub total_count: Option<u64>,
    /// How many bytes the file has, where it was whole when the link was made.
    pub total_bytes: Option<u64>,
    /// How many records were written so far.
    pub rows: u64,
    /// How many bytes of the file were handed over for sending so far.
    pub bytes: u64,
    /// What has become of it.
    pub state: LinkState,
    /// When it came to its end, where that was noticed.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What has become of an export link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Its download may begin.
    Waiting,
    /// Its download goes on.
    Running,
    /// All of the file was handed over.
    Done,
    /// The download broke: nothing usable was saved.
    Broken {
        /// The code of the error that it broke with; `None` where its process ended before it, or its client left or was slow.
        error_code: Option<String>,
    },
    /// Its download was never begun, and can no more.
    Expired,
    /// Somebody cancelled it, before its download began or while it went on.
    Cancelled,
}

impl LinkState {
    /// The name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Broken { .. } => "broken",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// The code of the error, where the download broke with one.
    pub fn error_code(&self) -> Option<&str> {
        match self {
            Self::Broken { error_code } => error_code.as_deref(),
            _ => None,
        }
    }
}

/// Which part of the list of export links was asked for, as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkQuery(Values);

impl LinkQuery {
    /// Every parameter that the list knows.
    pub const PARAMETERS: [Parameter; 2] = [Parameter::Offset, Parameter::Limit];

    from_pairs!();

    /// Reads the values. The list holds the links of one user, or where that is `None` of all.
    ///
    /// # Errors
    /// When a value is not a number that is allowed.
    pub fn into_filter(
        self,
        scope: ProjectScope,
        user: Option<String>,
    ) -> Result<LinkFilter, InvalidFilter> {
        Ok(LinkFilter {
            scope,
            user,
            offset: self
                .0
                .number(Parameter::Offset, 0, LinkFilter::MAX_OFFSET)?,
            limit: self
                .0
                .task_limit(LinkFilter::DEFAULT_LIMIT, LinkFilter::MAX_LIMIT)?,
        })
    }
}

/// Which export links of one project, and which part of their list, newest first.
///
/// A filter is made from a [`ProjectScope`], so every filter has a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkFilter {
    scope: ProjectScope,
    user: Option<String>,
    offset: u32,
    limit: u32,
}

impl LinkFilter {
    /// How many are returned where nobody says how many.
    pub const DEFAULT_LIMIT: u32 = 20;
    /// The most that are returned at once.
    pub const MAX_LIMIT: u32 = 100;
    /// The most that can be passed over: the greatest number that every client has.
    pub const MAX_OFFSET: u32 = i32::MAX as u32;

    /// The tenant.
    pub const fn project_id(&self) -> &ProjectId {
        self.scope.project_id()
    }

    /// The user who must have made the link; `None` where anybody may have.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// How many of the list are passed over.
    pub const fn offset(&self) -> u32 {
        self.offset
    }

    /// How many are returned at most, from 1 to [`MAX_LIMIT`](Self::MAX_LIMIT).
    pub const fn limit(&self) -> u32 {
        self.limit
    }
}

/// A value that an export link cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidLink {
    /// It is not an identifier.
    #[error("the identifier of a link is not 1 to 64 letters, digits and hyphens")]
    Id,
    /// It is not a state.
    #[error("a link has an unknown state")]
    State,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Policy, Principal};

    fn filter(pairs: &[(&str, &str)]) -> Result<LinkFilter, InvalidFilter> {
        let project = ProjectId::new("p").unwrap();
        let principal = Principal::new("ann", project.clone(), ["te_admin"]);
        let scope = Policy::default().authorize(&principal, Action::ExportConnections, &project);
        LinkQuery::from_pairs(pairs.iter().copied())?.into_filter(scope.unwrap(), None)
    }

    #[test]
    fn a_list_of_links_has_twenty_and_a_hundred_at_most() {
        assert_eq!(filter(&[]).unwrap().limit(), 20);
        let asked = filter(&[("limit", "100"), ("offset", "3")]).unwrap();
        assert_eq!((asked.offset(), asked.limit()), (3, 100));
        for (name, value) in [("limit", "0"), ("limit", "101"), ("offset", "-1")] {
            let message = filter(&[(name, value)]).unwrap_err().to_string();
            assert!(message.starts_with(name), "{message}");
        }
        assert!(filter(&[("status", "done")]).is_err());
    }

    #[test]
    fn an_identifier_has_plain_characters() {
        assert_eq!(LinkId::new("a-B9").unwrap().as_str(), "a-B9");
        for id in ["", "a/b", "ä", &"x".repeat(65)] {
            assert_eq!(LinkId::new(id), Err(InvalidLink::Id), "{id}");
        }
    }
}
