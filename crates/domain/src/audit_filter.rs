use chrono_tz::Tz;

use crate::parameter::Parameter;
use crate::values::{Values, from_pairs};
use crate::{
    AuditAction, AuditOutcome, AuditVia, ExportFormat, InvalidFilter, Language, Page, ProjectId,
    ProjectScope, TimeRange,
};

/// What audits were asked for with, as it was sent: each parameter at most once, none longer than allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery(Values);

impl AuditQuery {
    /// Every parameter that the list of audits knows.
    pub const PARAMETERS: [Parameter; 8] = [
        Parameter::StartTime,
        Parameter::EndTime,
        Parameter::User,
        Parameter::Action,
        Parameter::Via,
        Parameter::Outcome,
        Parameter::Offset,
        Parameter::Limit,
    ];

    from_pairs!();

    /// Reads the values.
    ///
    /// # Errors
    /// When a time or a number cannot be read, there is an end without a start, the start is not before the end, a value is
    /// none of those that its parameter may have, or more are wanted at once than allowed.
    pub fn into_filter(self, scope: ProjectScope) -> Result<AuditFilter, InvalidFilter> {
        let filter = self.0.audit_filter(scope)?;
        let number = |parameter, default, most| self.0.number(parameter, default, most);
        let offset = number(Parameter::Offset, 0, AuditFilter::MAX_OFFSET)?;
        let limit = number(
            Parameter::Limit,
            AuditFilter::DEFAULT_LIMIT,
            AuditFilter::MAX_LIMIT,
        )?;
        Ok(AuditFilter {
            offset,
            limit,
            ..filter
        })
    }
}

impl Values {
    /// The audits that are asked for, in pages of the greatest size.
    fn audit_filter(&self, scope: ProjectScope) -> Result<AuditFilter, InvalidFilter> {
        Ok(AuditFilter {
            scope,
            time: self.time_range()?,
            user: self.get(Parameter::User).map(str::to_owned),
            action: self.choice(
                Parameter::Action,
                &AuditAction::ALL.map(|action| (action.name(), action)),
            )?,
            via: self.choice(Parameter::Via, &AuditVia::ALL.map(|via| (via.name(), via)))?,
            outcome: self.choice(
                Parameter::Outcome,
                &AuditOutcome::ALL.map(|outcome| (outcome.name(), outcome)),
            )?,
            offset: 0,
            limit: AuditFilter::MAX_LIMIT,
        })
    }
}

/// What an export of audits was asked with, as it was sent: each parameter at most once, none longer than allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditExportQuery(Values);

impl AuditExportQuery {
    /// Every parameter that an export of audits knows: the filter of their list, and what an export of records knows of its form.
    pub const PARAMETERS: [Parameter; 9] = [
        Parameter::StartTime,
        Parameter::EndTime,
        Parameter::User,
        Parameter::Action,
        Parameter::Via,
        Parameter::Outcome,
        Parameter::Language,
        Parameter::TimeZone,
        Parameter::Format,
    ];

    from_pairs!();

    /// Reads the values. `accepted` is the format that the client accepts best, which counts where the query names none.
    ///
    /// # Errors
    /// When a time, the language, the time zone or the format cannot be read, there is an end without a start, the start is
    /// not before the end, or a value is not one of those that its parameter may have.
    pub fn into_request(
        mut self,
        scope: ProjectScope,
        accepted: ExportFormat,
    ) -> Result<AuditExportRequest, InvalidFilter> {
        self.0.accept(accepted);
        Ok(AuditExportRequest {
            filter: self.0.audit_filter(scope)?,
            language: self.0.language()?,
            time_zone: self.0.time_zone()?,
            format: self.0.format()?,
        })
    }
}

/// What an export of audits was asked for, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditExportRequest {
    /// Which audits: all that match, whatever the filter says of a part of their list.
    pub filter: AuditFilter,
    /// The language of headers.
    pub language: Language,
    /// The zone in which times are written.
    pub time_zone: Tz,
    /// The form of the file.
    pub format: ExportFormat,
}

/// Which audits: those of one project that began in a range of time and match, and which part of their list.
///
/// A filter is made from a [`ProjectScope`], so every filter has a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditFilter {
    scope: ProjectScope,
    time: TimeRange,
    user: Option<String>,
    action: Option<AuditAction>,
    via: Option<AuditVia>,
    outcome: Option<AuditOutcome>,
    offset: u32,
    limit: u32,
}

impl AuditFilter {
    /// How many are returned where nobody says how many (`contract.md` §3, as for the list of records).
    pub const DEFAULT_LIMIT: u32 = Page::DEFAULT_LIMIT;
    /// The most that are returned at once.
    pub const MAX_LIMIT: u32 = Page::MAX_LIMIT;
    /// The most that can be passed over.
    pub const MAX_OFFSET: u32 = Page::MAX_OFFSET;

    /// The tenant.
    pub const fn project_id(&self) -> &ProjectId {
        self.scope.project_id()
    }

    /// The user whose audits are meant: the whole name, in upper and lower case as it is.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// What was done.
    pub const fn action(&self) -> Option<AuditAction> {
        self.action
    }

    /// By which way.
    pub const fn via(&self) -> Option<AuditVia> {
        self.via
    }

    /// What became of it.
    pub const fn outcome(&self) -> Option<AuditOutcome> {
        self.outcome
    }

    /// The range in which it must have begun.
    pub const fn time(&self) -> TimeRange {
        self.time
    }

    /// How many of the list, newest first, are passed over.
    pub const fn offset(&self) -> u32 {
        self.offset
    }

    /// How many are returned at most, from 0 to [`MAX_LIMIT`](Self::MAX_LIMIT).
    pub const fn limit(&self) -> u32 {
        self.limit
    }
}
