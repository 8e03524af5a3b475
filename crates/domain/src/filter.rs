use crate::{ConnectionRecord, MatchKey, ProjectId, ProjectScope, TimeRange};

/// Which records: those of one project that started in a range of time and match every name that is given.
///
/// A filter is made from a [`ProjectScope`], so there is none without a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFilter {
    scope: ProjectScope,
    time: TimeRange,
    user_name: Option<MatchKey>,
    computer_name: Option<MatchKey>,
    terminal_type: Option<MatchKey>,
}

impl ExportFilter {
    /// All records of a project.
    pub const fn new(scope: ProjectScope) -> Self {
        Self {
            scope,
            time: TimeRange::ALL,
            user_name: None,
            computer_name: None,
            terminal_type: None,
        }
    }

    /// Only records whose `connection_start_time` is in `time`.
    #[must_use]
    pub fn with_time(self, time: TimeRange) -> Self {
        Self { time, ..self }
    }

    /// Only records of this user: the whole name, without case.
    #[must_use]
    pub fn with_user_name(self, name: &str) -> Self {
        Self {
            user_name: Some(MatchKey::of_name(name)),
            ..self
        }
    }

    /// Only records of this computer: the whole name, without case.
    #[must_use]
    pub fn with_computer_name(self, name: &str) -> Self {
        Self {
            computer_name: Some(MatchKey::of_name(name)),
            ..self
        }
    }

    /// Only records from terminals of this type: the whole value, without case and surrounding blanks.
    #[must_use]
    pub fn with_terminal_type(self, terminal_type: &str) -> Self {
        Self {
            terminal_type: Some(MatchKey::of_terminal_type(terminal_type)),
            ..self
        }
    }

    /// The tenant.
    pub const fn project_id(&self) -> &ProjectId {
        self.scope.project_id()
    }

    /// The range in which `connection_start_time` must be.
    pub const fn time(&self) -> TimeRange {
        self.time
    }

    /// The key that the user name must have.
    pub const fn user_name(&self) -> Option<&MatchKey> {
        self.user_name.as_ref()
    }

    /// The key that the computer name must have.
    pub const fn computer_name(&self) -> Option<&MatchKey> {
        self.computer_name.as_ref()
    }

    /// The key that the terminal type must have.
    pub const fn terminal_type(&self) -> Option<&MatchKey> {
        self.terminal_type.as_ref()
    }

    /// Whether `record` is one of those that are asked for. Every database must find exactly these.
    pub fn matches(&self, record: &ConnectionRecord) -> bool {
        record.project_id() == self.project_id()
            && self.time.contains(record.fields().connection_start_time)
            && fits(self.user_name(), || record.user_name_key())
            && fits(self.computer_name(), || record.computer_name_key())
            && fits(self.terminal_type(), || record.terminal_type_key())
    }
}

fn fits(asked: Option<&MatchKey>, found: impl FnOnce() -> Option<MatchKey>) -> bool {
    asked.is_none_or(|asked| found().as_ref() == Some(asked))
}
