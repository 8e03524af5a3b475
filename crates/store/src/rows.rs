//! A connection record as the databases keep it. Only times differ, so what follows is written once and expanded in each
//! database's `schema` with its own time: `record_table`, `selection`, `event_row` and `matching`. [`lend`] makes a borrowed
//! record from the [`Values`] of either.

use chrono::{DateTime, Utc};
use deskledger_domain::{FieldKind, ProjectId, RecordRef};

use crate::error::Cause;

/// Expands the macro in brackets with `$arguments` and every column that is read, in the order of
/// [`record_fields`](deskledger_domain::record_fields), in which it is selected: its name, its kind there, and its SQL type. Times
/// are of the SQL type `$time`. The project is not read: it is the filter's. The keys are not read: they follow from the names.
///
/// The start is `nullable` where it is said so, in what is written: an event need not know it.
macro_rules! with_fields {
    ([$($with:tt)+], $arguments:tt, $time:ident) => {
        $crate::rows::with_fields! { [$($with)+] $arguments $time [$time] }
    };
    ([$($with:tt)+], $arguments:tt, $time:ident, nullable) => {
        $crate::rows::with_fields! { [$($with)+] $arguments $time [Nullable<$time>] }
    };
    ($with:tt $arguments:tt $time:ident $start:tt) => {
        deskledger_domain::record_fields! { [$crate::rows::with_fields] $with $arguments $time $start }
    };
    ($with:tt $arguments:tt $time:ident $start:tt $($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => {
        $crate::rows::with_fields! { @ $with $arguments $time $start [] $($field $kind)+ }
    };
    (@ $with:tt $arguments:tt $time:ident $start:tt [$($done:tt)*] $field:ident Key $($rest:ident)*) => {
        $crate::rows::with_fields! { @ $with $arguments $time $start [$($done)* $field Key [Text],] $($rest)* }
    };
    (@ $with:tt $arguments:tt $time:ident $start:tt [$($done:tt)*] $field:ident Start $($rest:ident)*) => {
        $crate::rows::with_fields! { @ $with $arguments $time $start [$($done)* $field Start $start,] $($rest)* }
    };
    (@ $with:tt $arguments:tt $time:ident $start:tt [$($done:tt)*] $field:ident Time $($rest:ident)*) => {
        $crate::rows::with_fields! { @ $with $arguments $time $start [$($done)* $field Time [Nullable<$time>],] $($rest)* }
    };
    (@ $with:tt $arguments:tt $time:ident $start:tt [$($done:tt)*] $field:ident Boolean $($rest:ident)*) => {
        $crate::rows::with_fields! { @ $with $arguments $time $start [$($done)* $field Boolean [Nullable<Bool>],] $($rest)* }
    };
    (@ $with:tt $arguments:tt $time:ident $start:tt [$($done:tt)*] $field:ident $kind:ident $($rest:ident)*) => {
        $crate::rows::with_fields! { @ $with $arguments $time $start [$($done)* $field $kind [Nullable<$kind>],] $($rest)* }
    };
    (@ [$($with:tt)+] $arguments:tt $time:ident $start:tt [$($done:tt)*]) => { $($with)+! { $arguments $($done)* } };
}

/// As `with_fields`, with every column.
macro_rules! with_columns {
    ([$($with:tt)+], $arguments:tt, $time:ident $(, $nullable:ident)?) => {
        $crate::rows::with_fields! { [$crate::rows::with_columns], ([$($with)+] $arguments), $time $(, $nullable)? }
    };
    (([$($with:tt)+] $arguments:tt) $($fields:tt)+) => {
        $($with)+! { $arguments
            project_id Key [Text],
            $($fields)+
            user_name_key Text [Nullable<Text>],
            computer_name_key Text [Nullable<Text>],
            terminal_type_key Text [Nullable<Text>],
        }
    };
}

/// A table of connection records, whose times are of the SQL type `$time`, and whose start may be `nullable`. In the database it
/// may have another name.
macro_rules! record_table {
    ($table:ident $(= $name:literal)?, $time:ident $(, $nullable:ident)?) => {
        $crate::rows::with_columns! {
            [$crate::rows::record_table], (table $table $(= $name)?), $time $(, $nullable)?
        }
    };
    ((table $table:ident $(= $name:literal)?) $($column:ident $kind:ident [$($type:tt)+],)+) => {
        diesel::table! {
            $(#[sql_name = $name])?
            $table (project_id, transaction_id) {
                $($column -> $($type)+,)+
            }
        }
    };
}

/// The names of the columns, as an array of texts.
macro_rules! column_names {
    () => {
        $crate::rows::with_columns! { [$crate::rows::column_names], (names), Timestamptz }
    };
    ((names) $($column:ident $kind:ident [$($type:tt)+],)+) => {
        [$(stringify!($column)),+]
    };
}

/// What is selected of `connection_records`, as a tuple of columns.
macro_rules! selection {
    () => {
        $crate::rows::with_fields! { [$crate::rows::selection], (columns), Timestamptz }
    };
    ((columns) $($column:ident $kind:ident [$($type:tt)+],)+) => {
        ($(connection_records::$column),+)
    };
}

/// The values of one row, in the order of `with_fields`: each call takes the next one.
pub(crate) trait Values<'a> {
    fn text(&mut self) -> Result<Option<&'a str>, Cause>;
    fn time(&mut self) -> Result<Option<DateTime<Utc>>, Cause>;
    fn boolean(&mut self) -> Result<Option<bool>, Cause>;
    fn integer(&mut self) -> Result<Option<i32>, Cause>;
}

/// What a field of a [`RecordRef`] is made of.
trait Field<'a>: Sized {
    fn take(values: &mut impl Values<'a>) -> Result<Self, Cause>;
}

impl<'a> Field<'a> for Option<&'a str> {
    fn take(values: &mut impl Values<'a>) -> Result<Self, Cause> {
        values.text()
    }
}

impl<'a> Field<'a> for &'a str {
    fn take(values: &mut impl Values<'a>) -> Result<Self, Cause> {
        values.text()?.ok_or_else(|| MISSING.into())
    }
}

impl<'a> Field<'a> for Option<DateTime<Utc>> {
    fn take(values: &mut impl Values<'a>) -> Result<Self, Cause> {
        values.time()
    }
}

impl<'a> Field<'a> for DateTime<Utc> {
    fn take(values: &mut impl Values<'a>) -> Result<Self, Cause> {
        values.time()?.ok_or_else(|| MISSING.into())
    }
}

impl<'a> Field<'a> for Option<bool> {
    fn take(values: &mut impl Values<'a>) -> Result<Self, Cause> {
        values.boolean()
    }
}

impl<'a> Field<'a> for Option<i32> {
    fn take(values: &mut impl Values<'a>) -> Result<Self, Cause> {
        values.integer()
    }
}

const MISSING: &str = "a mandatory value is missing";

macro_rules! record_ref {
    (($project_id:ident $values:ident) $($field:ident $kind:ident [$($type:tt)+],)+) => {
        RecordRef {
            $project_id,
            $($field: Field::take($values)?,)+
        }
    };
}

macro_rules! count {
    ((fields) $($field:ident $kind:ident [$($type:tt)+],)+) => {
        [$(stringify!($field)),+].len()
    };
}

macro_rules! are_texts {
    ((fields) $($field:ident $kind:ident [$($type:tt)+],)+) => {
        [$(matches!(FieldKind::$kind, FieldKind::Key | FieldKind::Text)),+]
    };
}

/// Which of the columns that are read are texts.
pub(crate) const TEXTS: [bool; FIELDS] = with_fields!([are_texts], (fields), Timestamptz);

/// How many columns are read.
pub(crate) const FIELDS: usize = with_fields!([count], (fields), Timestamptz);

/// Makes a record from the values of a row, without a copy of any text.
///
/// # Errors
/// When the values are not a valid record.
pub(crate) fn lend<'a, 'v: 'a>(
    project_id: &'a ProjectId,
    values: &mut impl Values<'v>,
) -> Result<RecordRef<'a>, Cause> {
    let record = with_fields!([record_ref], (project_id values), Timestamptz);
    record.check()?;
    Ok(record)
}

/// `$row`: an event as it is written to `$table`, with times of the Rust type `$time`, which `$of_utc` makes of a
/// `DateTime<Utc>`. `$derive` is what Diesel derives for it, which takes no macro as the type of a field.
macro_rules! event_row {
    ($row:ident, $table:ident, $time:ty, $of_utc:path, [$($derive:path),+], $($option:meta),*) => {
        deskledger_domain::record_fields! {
            [$crate::rows::event_row] ($row $table ($time) ($of_utc) [$($derive),+] [$($option),*])
        }
    };
    ($row:tt $($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => {
        $crate::rows::event_row! { @ $row [] $($field $kind)+ }
    };
    (@ $row:tt [$($done:tt)*] $field:ident Key $($rest:ident)*) => {
        $crate::rows::event_row! { @ $row [$($done)* $field Key (&'a str),] $($rest)* }
    };
    (@ $row:tt [$($done:tt)*] $field:ident Text $($rest:ident)*) => {
        $crate::rows::event_row! { @ $row [$($done)* $field Text (Option<&'a str>),] $($rest)* }
    };
    (@ $row:tt [$($done:tt)*] $field:ident Boolean $($rest:ident)*) => {
        $crate::rows::event_row! { @ $row [$($done)* $field Boolean (Option<bool>),] $($rest)* }
    };
    (@ $row:tt [$($done:tt)*] $field:ident Integer $($rest:ident)*) => {
        $crate::rows::event_row! { @ $row [$($done)* $field Integer (Option<i32>),] $($rest)* }
    };
    (@ ($row:ident $table:ident ($time:ty) $($more:tt)+) [$($done:tt)*] $field:ident $kind:ident $($rest:ident)*) => {
        $crate::rows::event_row! {
            @ ($row $table ($time) $($more)+) [$($done)* $field Time (Option<$time>),] $($rest)*
        }
    };
    (
        @ ($row:ident $table:ident ($time:ty) ($of_utc:path) [$($derive:path),+] [$($option:meta),*])
        [$($field:ident $kind:ident ($type:ty),)+]
    ) => {
        #[derive($($derive),+)]
        #[diesel(table_name = $table)]
        $(#[$option])*
        pub(super) struct $row<'a> {
            project_id: &'a str,
            $($field: $type,)+
            user_name_key: Option<String>,
            computer_name_key: Option<String>,
            terminal_type_key: Option<String>,
        }

        impl<'a> $row<'a> {
            pub(super) fn new(event: &'a deskledger_domain::ConnectionEvent) -> Self {
                let event = event.as_ref();
                Self {
                    project_id: event.project_id.as_str(),
                    $($field: $crate::rows::stored!($kind, event.$field, $of_utc),)+
                    user_name_key: event.user_name_key().as_ref().map($crate::key::stored),
                    computer_name_key: event.computer_name_key().as_ref().map($crate::key::stored),
                    terminal_type_key: event.terminal_type_key().as_ref().map($crate::key::stored),
                }
            }
        }
    };
}

/// What a field is stored as.
macro_rules! stored {
    (Time, $field:expr, $of_utc:path) => {
        $field.map($of_utc)
    };
    ($kind:ident, $field:expr, $of_utc:path) => {
        $field
    };
}

/// Narrows a boxed query on `connection_records` to the rows that match an `ExportFilter`. The tenant comes first, as in every
/// index; the range of time is half open.
///
/// How a value, which also has a name, reaches the statement is for the caller to say, once for texts, once for times and
/// once for numbers; and how a column is compared with a pattern whose wildcards are escaped by a backslash.
macro_rules! matching {
    (
        $query:expr, $filter:expr,
        text($text_name:ident, $text:ident) => $of_text:expr,
        time($time_name:ident, $time:ident) => $of_time:expr,
        number($number_name:ident, $number:ident) => $of_number:expr,
        like($column:ident, $pattern:ident) => $like:expr,
        plain_terminal_type => $is_plain:expr $(,)?
    ) => {{
        use diesel::prelude::*;
        macro_rules! text {
            ($name:literal, $value:expr) => {{
                let ($text_name, $text) = ($name, $value);
                $of_text
            }};
        }
        macro_rules! time {
            ($name:literal, $value:expr) => {{
                let ($time_name, $time) = ($name, $value);
                $of_time
            }};
        }
        macro_rules! number {
            ($name:literal, $value:expr) => {{
                let ($number_name, $number) = ($name, $value);
                $of_number
            }};
        }
        let filter: &deskledger_domain::ExportFilter = $filter;
        let mut query = $query.filter(
            connection_records::project_id.eq(text!("project_id", filter.project_id().as_str())),
        );
        if let Some(key) = filter.user_name() {
            let key = text!("user_name_key", $crate::key::stored(key));
            query = query.filter(connection_records::user_name_key.eq(key));
        }
        if let Some(key) = filter.computer_name() {
            let key = text!("computer_name_key", $crate::key::stored(key));
            query = query.filter(connection_records::computer_name_key.eq(key));
        }
        if let Some(key) = filter.terminal_type() {
            let key = text!("terminal_type_key", $crate::key::stored(key));
            query = query.filter(connection_records::terminal_type_key.eq(key));
        }
        if let Some(domain) = filter.domain() {
            let $column = connection_records::user_name_key;
            let $pattern = text!("domain_pattern", $crate::key::domain_pattern(domain));
            query = query.filter($like);
        }
        if let Some(id) = filter.enterprise_project_id() {
            let id = text!("enterprise_project_id", id);
            query = query.filter(connection_records::enterprise_project_id.eq(id));
        }
        if let Some(address) = filter.public_ip() {
            let address = text!("public_ip", address);
            query = query.filter(connection_records::public_ip.eq(address));
        }
        if let Some(min) = filter.network_rtt().min() {
            let min = number!("min_network_rtt", min);
            query = query.filter(connection_records::network_rtt.ge(min));
        }
        if let Some(max) = filter.network_rtt().max() {
            let max = number!("max_network_rtt", max);
            query = query.filter(connection_records::network_rtt.le(max));
        }
        if let Some(min) = filter.e2e_rtt().min() {
            let min = number!("min_e2e_rtt", min);
            query = query.filter(connection_records::e2e_rtt.ge(min));
        }
        if let Some(max) = filter.e2e_rtt().max() {
            let max = number!("max_e2e_rtt", max);
            query = query.filter(connection_records::e2e_rtt.le(max));
        }
        if let Some(part) = filter.part_of_terminal_type() {
            let $column = connection_records::terminal_type_key;
            let $pattern = text!("terminal_type_pattern", $crate::key::holding_pattern(part));
            // Of a key that is stored as a part and its hash, neither is looked into.
            query = query
                .filter($like)
                .filter(diesel::dsl::sql::<diesel::sql_types::Bool>($is_plain));
        }
        if let Some(start) = filter.time().start() {
            let start = time!("start_time", start);
            query = query.filter(connection_records::connection_start_time.ge(start));
        }
        if let Some(end) = filter.time().end() {
            let end = time!("end_time", end);
            query = query.filter(connection_records::connection_start_time.lt(end));
        }
        query
    }};
}

/// Narrows a boxed query on `connection_records`, whose filter is [`narrowed`](crate::page::narrowed) to a
/// [`Place`](crate::page::Place), to what comes from there on: of the records of the same time, those that come after it.
macro_rules! beginning {
    ($query:expr, $place:expr, time($time:ident) => $of_time:expr $(,)?) => {{
        use diesel::prelude::*;
        let $crate::page::Place {
            start_time: $time,
            transaction_id,
            included,
        } = $place;
        let earlier = connection_records::connection_start_time.lt($of_time);
        if *included {
            $query.filter(earlier.or(connection_records::transaction_id.le(transaction_id)))
        } else {
            $query.filter(earlier.or(connection_records::transaction_id.lt(transaction_id)))
        }
    }};
}

pub(crate) use {
    beginning, column_names, event_row, matching, record_table, selection, stored, with_columns,
    with_fields,
};
