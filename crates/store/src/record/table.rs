//! The tables of connection records, made of the one list of [fields](deskledger_domain::record_fields).
//!
//! `connection_records` is the same table in both databases. What is read are the columns of the fields alone: the project is the
//! filter's, and the keys follow from the names.

use chrono::{DateTime, Utc};
use deskledger_domain::{FieldKind, RecordFields};

use crate::moment::Moment;

/// How many columns are read.
pub(crate) const FIELDS: usize = RecordFields::ALL.len();

/// Which of the columns that are read are texts.
pub(crate) const TEXTS: [bool; FIELDS] = {
    let mut texts = [false; FIELDS];
    let mut index = 0;
    while index < FIELDS {
        texts[index] = matches!(
            RecordFields::ALL[index].kind,
            FieldKind::Key | FieldKind::Text
        );
        index += 1;
    }
    texts
};

/// The names of all columns, in the order of the tables.
pub(crate) fn column_names() -> Vec<&'static str> {
    let fields = RecordFields::ALL.iter().map(|field| field.name);
    std::iter::once("project_id")
        .chain(fields)
        .chain(["user_name_key", "computer_name_key", "terminal_type_key"])
        .collect()
}

/// The SQL type of a column, by the kind of its field: in the table, and in what is written, where a start need not be known. They
/// are plain types, and none has the name of one of Diesel's: `table!` looks at names, and adds to what it takes for a number.
#[expect(non_snake_case, reason = "they are the names of `FieldKind`")]
pub(crate) mod kind {
    use crate::moment::Micros;

    type Nullable<T> = diesel::sql_types::Nullable<T>;
    type Varchar = diesel::sql_types::Text;
    type Bool = diesel::sql_types::Bool;
    type Int4 = diesel::sql_types::Integer;

    pub(crate) mod Key {
        pub(crate) type Column = super::Varchar;
        pub(crate) type Written = Column;
    }

    pub(crate) mod Text {
        pub(crate) type Column = super::Nullable<super::Varchar>;
        pub(crate) type Written = Column;
    }

    pub(crate) mod Start {
        pub(crate) type Column = super::Micros;
        pub(crate) type Written = super::Nullable<super::Micros>;
    }

    pub(crate) mod Time {
        pub(crate) type Column = super::Nullable<super::Micros>;
        pub(crate) type Written = Column;
    }

    pub(crate) mod Boolean {
        pub(crate) type Column = super::Nullable<super::Bool>;
        pub(crate) type Written = Column;
    }

    pub(crate) mod Integer {
        pub(crate) type Column = super::Nullable<super::Int4>;
        pub(crate) type Written = Column;
    }
}

/// A table of connection records, whose columns have the SQL types `$type` of their kinds, and maybe another name in the database.
macro_rules! record_table {
    ($table:ident $(= $name:literal)?, $type:ident) => {
        deskledger_domain::record_fields! { [record_table] ($table $(= $name)?, $type) }
    };
    (($table:ident $(= $name:literal)?, $type:ident) $($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => {
        diesel::table! {
            use diesel::sql_types::{Nullable, Text};
            use crate::record::table::kind;

            $(#[sql_name = $name])?
            $table (project_id, transaction_id) {
                project_id -> Text,
                $($field -> kind::$kind::$type,)+
                user_name_key -> Nullable<Text>,
                computer_name_key -> Nullable<Text>,
                terminal_type_key -> Nullable<Text>,
            }
        }
    };
}

record_table!(connection_records, Column);

// The same table for writing: what an event does not know is left as it is, the start too.
record_table!(written_records = "connection_records", Written);
record_table!(incomplete_records, Written);

#[cfg(feature = "postgres")]
diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::moment::Micros;

    connection_identities (project_id, transaction_id) {
        project_id -> Text,
        transaction_id -> Text,
        connection_start_time -> Nullable<Micros>,
    }
}

/// What is selected of `connection_records`, as a tuple of columns.
macro_rules! selection {
    () => {
        deskledger_domain::record_fields!([$crate::record::selection] ())
    };
    (() $($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => {
        ($($crate::record::connection_records::$field),+)
    };
}

/// A value as it is bound to a statement.
pub(crate) trait Stored {
    type Bound;
    fn stored(self) -> Self::Bound;
}

impl<T: Stored> Stored for Option<T> {
    type Bound = Option<T::Bound>;
    fn stored(self) -> Option<T::Bound> {
        self.map(T::stored)
    }
}

impl Stored for DateTime<Utc> {
    type Bound = Moment;
    fn stored(self) -> Moment {
        Moment(self)
    }
}

impl<'a> Stored for &'a str {
    type Bound = &'a str;
    fn stored(self) -> &'a str {
        self
    }
}

impl Stored for bool {
    type Bound = bool;
    fn stored(self) -> bool {
        self
    }
}

impl Stored for i32 {
    type Bound = i32;
    fn stored(self) -> i32 {
        self
    }
}

/// All that a borrowed event says, as values of the columns of `$table`.
macro_rules! values {
    ($table:ident, $event:ident) => {
        deskledger_domain::record_fields!([$crate::record::values] ($table $event))
    };
    (($table:ident $event:ident) $($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => {(
        $table::project_id.eq($event.project_id.as_str()),
        $($table::$field.eq($crate::record::Stored::stored($event.$field)),)+
        $table::user_name_key.eq($event.user_name_key().as_ref().map($crate::record::key::stored)),
        $table::computer_name_key.eq($event.computer_name_key().as_ref().map($crate::record::key::stored)),
        $table::terminal_type_key.eq($event.terminal_type_key().as_ref().map($crate::record::key::stored)),
    )};
}

/// What a borrowed event knows of its connection, as changes of `$table`. What it does not know is not changed.
#[cfg(feature = "sqlite")]
macro_rules! changes {
    ($table:ident, $event:ident) => {
        deskledger_domain::record_fields!([$crate::record::changes] ($table $event))
    };
    (($table:ident $event:ident) $($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => {(
        $($crate::record::changes!(@ $kind $table::$field, $event.$field),)+
        $event.user_name_key().map(|key| $table::user_name_key.eq($crate::record::key::stored(&key))),
        $event.computer_name_key().map(|key| $table::computer_name_key.eq($crate::record::key::stored(&key))),
        $event.terminal_type_key().map(|key| $table::terminal_type_key.eq($crate::record::key::stored(&key))),
    )};
    // It identifies the connection.
    (@ Key $column:path, $value:expr) => { None::<diesel::dsl::Eq<$column, &'static str>> };
    (@ $kind:ident $column:path, $value:expr) => {
        $value.map(|value| $column.eq($crate::record::Stored::stored(value)))
    };
}

#[cfg(feature = "sqlite")]
pub(crate) use changes;
pub(crate) use selection;
pub(crate) use values;
