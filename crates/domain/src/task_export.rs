use crate::parameter::{Parameter, filters_and};
use crate::values::{Values, from_pairs};
use crate::{ExportRequest, InvalidFilter, ProjectScope};

/// What an export was asked with that goes on as a task (`contract.md` §3), as it was sent: each parameter at most once, none
/// longer than allowed, an empty value as good as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskExportQuery(Values);

impl TaskExportQuery {
    /// Every parameter that such an export knows.
    pub const PARAMETERS: [Parameter; 31] = filters_and([
        Parameter::Language,
        Parameter::TimeZone,
        Parameter::Format,
        Parameter::Summary,
    ]);

    from_pairs!();

    /// The value of a parameter, where one was given that is not empty.
    pub fn value(&self, parameter: Parameter) -> Option<&str> {
        self.0.get(parameter)
    }

    /// Reads the values.
    ///
    /// # Errors
    /// When a value cannot be read, or a range is empty.
    pub fn into_request(self, scope: ProjectScope) -> Result<ExportRequest, InvalidFilter> {
        self.0.request(self.0.task_filter(scope)?)
    }
}
