#![doc = include_str!("../README.md")]

mod access;
mod audit;
mod audit_column;
mod audit_filter;
mod audit_kind;
mod clock;
mod column;
mod error_chain;
mod export_link;
mod field_values;
mod filter;
mod format;
mod histogram;
mod key;
mod language;
mod list;
mod online;
mod parameter;
mod project;
mod query;
mod record;
mod session;
mod task;
mod task_export;
mod task_filter;
mod time;
mod time_grid;
mod values;
mod written;

#[cfg(feature = "testing")]
pub mod testing;

/// The crates of times, time zones and networks, whose types stand in this interface: a caller needs no version of its own.
pub use {chrono, chrono_tz, ipnet};

pub use access::{Action, Denial, Grant, Policy, Principal, ProjectScope, UnknownAction};
pub use audit::{
    AuditFields, AuditId, AuditedQuery, ExportAudit, ExportEnding, ExportOutcome, ExportProgress,
    InvalidAudit,
};
pub use audit_column::{AuditColumn, AuditRow};
pub use audit_filter::{AuditExportQuery, AuditExportRequest, AuditFilter, AuditQuery};
pub use audit_kind::{AuditAction, AuditOutcome, AuditVia, CredentialKind};
pub use clock::Clock;
pub use column::{Column, ColumnKind, Value};
pub use error_chain::error_chain;
pub use export_link::{ExportLink, InvalidLink, LinkFilter, LinkId, LinkQuery, LinkState};
pub use field_values::{FieldValues, ValueField, ValuesQuery, ValuesRequest};
pub use filter::{
    ActiveTime, AddressField, AddressFilter, ConnectionState, ExactField, ExportFilter,
    FailureFilter, NumberRange,
};
pub use format::{ExportFormat, UnknownFormat};
pub use histogram::{
    Histogram, HistogramBucket, HistogramGrid, HistogramQuery, HistogramRequest, Interval,
};
pub use key::MatchKey;
pub use language::{Language, NoteWord, SummaryWord, UnknownLanguage};
pub use list::{ListQuery, ListRequest, Marker, Page, PageStart};
pub use online::{OnlineQuery, OnlineRequest, Period};
pub use parameter::Parameter;
pub use project::{InvalidProjectId, ProjectId};
pub use query::{ExportQuery, ExportRequest, InvalidFilter};
pub use record::{
    ConnectionEvent, ConnectionRecord, EventFields, FieldKind, InvalidRecord, MAX_TEXT_CHARS,
    RecordField, RecordFields, RecordRef,
};
pub use session::{InvalidSession, SessionId, SignInWay};
pub use task::{ExportTask, InvalidTask, TaskFailure, TaskFile, TaskId, TaskState, TaskStatus};
pub use task_export::TaskExportQuery;
pub use task_filter::{TaskFilter, TaskOrder, TaskQuery};
pub use time::{InvalidTime, InvalidTimeRange, TimeRange, format_time, parse_time};
pub use time_grid::TimeGrid;
pub use written::Written;
