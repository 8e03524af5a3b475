use crate::parameter::Parameter;
use crate::query::shown;
use crate::values::{Values, from_pairs};
use crate::{InvalidFilter, ProjectId, ProjectScope, TaskStatus};

/// What the list of export tasks was asked for with, as it was sent: each parameter at most once, none longer than allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskQuery(Values);

impl TaskQuery {
    /// Every parameter that the list knows.
    pub const PARAMETERS: [Parameter; 8] = [
        Parameter::FileName,
        Parameter::TaskId,
        Parameter::Status,
        Parameter::IsDownload,
        Parameter::SortField,
        Parameter::SortType,
        Parameter::Offset,
        Parameter::Limit,
    ];

    from_pairs!();

    /// Reads the values.
    ///
    /// # Errors
    /// When a value is not one of those that its parameter allows.
    pub fn into_filter(self, scope: ProjectScope) -> Result<TaskFilter, InvalidFilter> {
        let values = &self.0;
        let sort_fields = [("create_time", ())];
        values.choice(Parameter::SortField, &sort_fields)?;
        let statuses = TaskStatus::ALL.map(|status| (status.name(), status));
        let limit = values.task_limit(TaskFilter::DEFAULT_LIMIT, TaskFilter::MAX_LIMIT)?;
        Ok(TaskFilter {
            scope,
            file_name: values.get(Parameter::FileName).map(str::to_owned),
            id: values.get(Parameter::TaskId).map(str::to_owned),
            status: values.choice(Parameter::Status, &statuses)?,
            is_downloaded: values
                .choice(Parameter::IsDownload, &[("true", true), ("false", false)])?,
            order: values
                .choice(
                    Parameter::SortType,
                    &[
                        ("DESC", TaskOrder::NewestFirst),
                        ("ASC", TaskOrder::OldestFirst),
                    ],
                )?
                .unwrap_or_default(),
            offset: values.number(Parameter::Offset, 0, TaskFilter::MAX_OFFSET)?,
            limit,
        })
    }
}

impl Values {
    /// How many entries of a list are wanted: from 1 to `most`.
    pub(crate) fn task_limit(&self, default: u32, most: u32) -> Result<u32, InvalidFilter> {
        match self.number(Parameter::Limit, default, most) {
            Ok(0) => Err(InvalidFilter::TaskLimit {
                value: "\"0\"".to_owned(),
                most,
            }),
            Err(InvalidFilter::Number { value, .. }) => {
                Err(InvalidFilter::TaskLimit { value, most })
            }
            other => other,
        }
    }

    /// The one of some values that a parameter names, where it was given.
    pub(crate) fn choice<T: Copy>(
        &self,
        parameter: Parameter,
        choices: &[(&'static str, T)],
    ) -> Result<Option<T>, InvalidFilter> {
        let Some(value) = self.get(parameter) else {
            return Ok(None);
        };
        let chosen = choices.iter().find(|(name, _)| *name == value);
        chosen
            .map(|(_, choice)| Some(*choice))
            .ok_or_else(|| InvalidFilter::Choice {
                parameter,
                value: shown(value),
                choices: choices.iter().map(|(name, _)| *name).collect(),
            })
    }
}

/// Which export tasks of one project, and which part of their list.
///
/// A filter is made from a [`ProjectScope`], so every filter has a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFilter {
    scope: ProjectScope,
    file_name: Option<String>,
    id: Option<String>,
    status: Option<TaskStatus>,
    is_downloaded: Option<bool>,
    order: TaskOrder,
    offset: u32,
    limit: u32,
}

impl TaskFilter {
    /// How many are returned where nobody says how many (`contract.md` §3).
    pub const DEFAULT_LIMIT: u32 = 20;
    /// The most that are returned at once (`contract.md` §3).
    pub const MAX_LIMIT: u32 = 100;
    /// The most that can be passed over: the greatest number that every client has.
    pub const MAX_OFFSET: u32 = i32::MAX as u32;

    /// The tenant.
    pub const fn project_id(&self) -> &ProjectId {
        self.scope.project_id()
    }

    /// What the name of the file must hold, in upper and lower case as it is.
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// The identifier that the task must have. Any text may have been asked for, which then is that of no task.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The status that the task must have.
    pub const fn status(&self) -> Option<TaskStatus> {
        self.status
    }

    /// Whether its file must have been downloaded, or must not.
    pub const fn is_downloaded(&self) -> Option<bool> {
        self.is_downloaded
    }

    /// The order of the list, by when tasks were asked for.
    pub const fn order(&self) -> TaskOrder {
        self.order
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

/// The order of a list of tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaskOrder {
    /// What was asked for last comes first.
    #[default]
    NewestFirst,
    /// What was asked for first comes first.
    OldestFirst,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Policy, Principal};

    fn filter(pairs: &[(&str, &str)]) -> Result<TaskFilter, InvalidFilter> {
        let project = ProjectId::new("p").unwrap();
        let principal = Principal::new("ann", project.clone(), ["te_admin"]);
        let scope = Policy::default().authorize(&principal, Action::ListExportTasks, &project);
        TaskQuery::from_pairs(pairs.iter().copied())?.into_filter(scope.unwrap())
    }

    #[test]
    fn nothing_asks_for_the_newest_twenty() {
        let filter = filter(&[]).unwrap();
        assert_eq!((filter.offset(), filter.limit()), (0, 20));
        assert_eq!(filter.order(), TaskOrder::NewestFirst);
        assert_eq!((filter.file_name(), filter.id()), (None, None));
        assert_eq!((filter.status(), filter.is_downloaded()), (None, None));
    }

    #[test]
    fn every_parameter_is_read() {
        let filter = filter(&[
            ("file_name", "Verbindungen"),
            ("task_id", "a-1"),
            ("status", "EXPIRED"),
            ("is_download", "false"),
            ("sort_field", "create_time"),
            ("sort_type", "ASC"),
            ("offset", "3"),
            ("limit", "100"),
        ])
        .unwrap();
        assert_eq!(filter.file_name(), Some("Verbindungen"));
        assert_eq!(filter.id(), Some("a-1"));
        assert_eq!(filter.status(), Some(TaskStatus::Expired));
        assert_eq!(filter.is_downloaded(), Some(false));
        assert_eq!(filter.order(), TaskOrder::OldestFirst);
        assert_eq!((filter.offset(), filter.limit()), (3, 100));
    }

    #[test]
    fn a_value_that_is_not_allowed_is_refused_by_the_name_of_its_parameter() {
        for (name, value) in [
            ("status", "DONE"),
            ("status", "success"),
            ("is_download", "yes"),
            ("sort_field", "file_name"),
            ("sort_type", "asc"),
            ("limit", "0"),
            ("limit", "101"),
            ("offset", "-1"),
        ] {
            let message = filter(&[(name, value)]).unwrap_err().to_string();
            assert!(message.starts_with(name), "{message}");
            assert_eq!(
                message.contains("from 1 to 100"),
                name == "limit",
                "{message}"
            );
        }
        assert!(filter(&[("start_time", "2020-01-01T00:00Z")]).is_err());
    }
}
