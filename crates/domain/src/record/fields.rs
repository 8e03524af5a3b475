//! The one list of the fields of a record (`contract.md` §2). Whatever names all of them takes them from here.

use chrono::{DateTime, Utc};

use super::borrowed::{check_text, check_time};
use super::{ConnectionRecord, InvalidRecord};
use crate::ProjectId;

/// Expands the macro in brackets with the arguments behind it and then every field: its name, its kind (that of
/// [`FieldKind`](crate::FieldKind)), an example, and what it means. The order is that of `contract.md` §2.
///
/// A kind is an identifier, so that the macro can make of it the type of a column, a schema, or a conversion:
///
/// ```
/// macro_rules! names {
///     ({$separator:literal} $($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => {
///         [$(stringify!($field)),+].join($separator)
///     };
/// }
///
/// let names = deskledger_domain::record_fields!([names] {", "});
/// assert!(names.starts_with("sid, transaction_id, computer_name, "));
/// ```
#[macro_export]
macro_rules! record_fields {
    ([$($with:tt)+] $($arguments:tt)*) => {
        $($with)+! { $($arguments)*
            sid: Text, "S-1-5-21-1004336348-1177238915-682003330-1004", "The security identifier of the desktop.";
            transaction_id: Key, "55f1c3a0-0001", "The identifier of the connection, unique in its project. Never null.";
            computer_name: Text, "JY011", "The desktop's computer name, as its operating system knows it.";
            user_name: Text, "jy01@local.com", "The user who logged in, or tried to: what they typed.";
            terminal_mac: Text, "00-ac-9c-c7-9a-df", "The hardware address of the terminal.";
            terminal_name: Text, "DESKTOP-EG0P3TR", "The name of the terminal. Its owner chose it.";
            terminal_ip: Text, "192.168.1.15", "The address of the terminal in its own network.";
            client_version: Text, "1.8.00005", "The version of the client on the terminal.";
            terminal_type: Text, "Windows 10 ", "The operating system of the terminal.";
            agent_version: Text, "1.8.00005.10546", "The version of the agent on the desktop.";
            desktop_ip: Text, "10.0.3.7", "The address of the desktop.";
            connection_start_time: Start, "2020-04-24T03:02:45Z", "When the connection was asked for. Never null.";
            connection_setup_time: Time, "2020-04-24T03:02:47Z", "When the connection stood; null where it failed.";
            connection_end_time: Time, "2020-04-24T03:32:47Z", "When the connection ended; null while it is open.";
            is_reconnect: Boolean, false, "Whether an earlier connection was taken up again.";
            connection_failure_reason: Text, "400200:The desktop is being prepared.", "Why there was no connection.";
            network_rtt: Integer, 7, "Round trip of the network, in milliseconds.";
            e2e_rtt: Integer, 19, "Round trip from end to end, in milliseconds.";
            source_ip: Text, "203.0.113.9", "The address that the gateway saw.";
            public_ip: Text, "198.51.100.7", "The address with which the terminal left its network.";
            enterprise_project_id: Text, "0", "The enterprise project of the desktop.";
            desktop_id: Text, "a4f5a9c1-6d0e-4f6b-9b6f-0b1f3f6f2c11", "The identifier of the desktop.";
        }
    };
}

/// What a field of a record holds. Only a key and a start are mandatory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A text that identifies the record.
    Key,
    /// A text of at most [`MAX_TEXT_CHARS`](crate::MAX_TEXT_CHARS) characters.
    Text,
    /// The time by which records are ordered. An event need not know it.
    Start,
    /// A time, in whole microseconds.
    Time,
    /// True or false.
    Boolean,
    /// A whole number of 32 bits, of milliseconds.
    Integer,
}

/// A field of a record, as documents describe it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordField {
    /// The vendor's name for it.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// A value that it may have, as text.
    pub example: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

impl FieldKind {
    /// Whether every record has such a field.
    pub const fn is_mandatory(self) -> bool {
        matches!(self, Self::Key | Self::Start)
    }
}

/// Expands `define` with every field and its types: that of one that is kept, and that of one that is borrowed. A derive takes no
/// macro as the type of a field, so the types are put in here.
macro_rules! with_types {
    ($($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => {
        with_types! { [] $($field $kind $example $meaning;)+ }
    };
    ([$($done:tt)*] $field:ident Key $($rest:tt)+) => { with_types! { @ [$($done)*] $field Key (String) (&'a str) $($rest)+ } };
    ([$($done:tt)*] $field:ident Text $($rest:tt)+) => {
        with_types! { @ [$($done)*] $field Text (Option<String>) (Option<&'a str>) $($rest)+ }
    };
    ([$($done:tt)*] $field:ident Start $($rest:tt)+) => { with_types! { @ [$($done)*] $field Start (Start) (Start) $($rest)+ } };
    ([$($done:tt)*] $field:ident Time $($rest:tt)+) => {
        with_types! { @ [$($done)*] $field Time (Option<DateTime<Utc>>) (Option<DateTime<Utc>>) $($rest)+ }
    };
    ([$($done:tt)*] $field:ident Boolean $($rest:tt)+) => {
        with_types! { @ [$($done)*] $field Boolean (Option<bool>) (Option<bool>) $($rest)+ }
    };
    ([$($done:tt)*] $field:ident Integer $($rest:tt)+) => {
        with_types! { @ [$($done)*] $field Integer (Option<i32>) (Option<i32>) $($rest)+ }
    };
    (@ [$($done:tt)*] $field:ident $kind:ident $kept:tt $borrowed:tt $example:tt $meaning:literal; $($rest:tt)*) => {
        with_types! { [$($done)* $field: $kind $kept $borrowed $example $meaning;] $($rest)* }
    };
    ([$($done:tt)+]) => { define! { $($done)+ } };
}

/// A field of nothing but a key and a start.
macro_rules! unknown {
    (Key, $key:ident, $start:ident) => {
        $key
    };
    (Start, $key:ident, $start:ident) => {
        $start
    };
    ($kind:ident, $key:ident, $start:ident) => {
        None
    };
}

/// A field with another start.
macro_rules! restarted {
    (Start, $value:expr, $start:ident) => {
        $start
    };
    ($kind:ident, $value:expr, $start:ident) => {
        $value
    };
}

macro_rules! borrow {
    (Key, $value:expr) => {
        $value.as_str()
    };
    (Text, $value:expr) => {
        $value.as_deref()
    };
    ($kind:ident, $value:expr) => {
        $value
    };
}

macro_rules! own {
    (Key, $value:expr) => {
        $value.to_owned()
    };
    (Text, $value:expr) => {
        $value.map(str::to_owned)
    };
    ($kind:ident, $value:expr) => {
        $value
    };
}

macro_rules! check {
    (Key, $name:expr, $value:expr) => {
        if $value.is_empty() {
            return Err(InvalidRecord::Missing { field: $name });
        }
        check_text($name, Some($value))?;
    };
    (Text, $name:expr, $value:expr) => {
        check_text($name, $value)?;
    };
    (Start, $name:expr, $value:expr) => {
        check_time($name, $value.into())?;
    };
    (Time, $name:expr, $value:expr) => {
        check_time($name, $value)?;
    };
    // Any value is valid.
    (Boolean, $name:expr, $value:expr) => {
        let _: Option<bool> = $value;
    };
    (Integer, $name:expr, $value:expr) => {
        let _: Option<i32> = $value;
    };
}

/// Takes over what a later event knows. A key identifies both.
macro_rules! update {
    (Key, $earlier:expr, $later:expr) => {};
    ($kind:ident, $earlier:expr, $later:expr) => {
        if $later.is_some() {
            $earlier.clone_from(&$later);
        }
    };
}

/// Whether an event would leave the value of a record as it is.
macro_rules! says {
    (Key, $known:expr, $event:expr) => {
        $known == $event
    };
    (Start, $known:expr, $event:expr) => {
        $event.is_none_or(|start| start == $known)
    };
    ($kind:ident, $known:expr, $event:expr) => {
        $event.is_none() || $event == $known
    };
}

macro_rules! define {
    ($($field:ident: $kind:ident ($kept:ty) ($borrowed:ty) $example:tt $meaning:literal;)+) => {
        /// The fields of a record that leave the service, by the vendor's names. `None` means that nothing is known.
        ///
        /// Fields by themselves may hold anything; a [`ConnectionRecord`] holds only valid ones. In a record the start is
        /// known; in an event it need not be (see [`EventFields`](crate::EventFields)), which is what `Start` is for.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct RecordFields<Start = DateTime<Utc>> {
            $(#[doc = $meaning] pub $field: $kept,)+
        }

        /// A borrowed record: what a [`ConnectionRecord`] holds, wherever it is stored.
        ///
        /// It carries a row of a database to a row of a workbook without a copy of any text. Like [`RecordFields`] it may
        /// hold anything: only after a [check](Self::check) are its values those of a valid record. A store checks each
        /// record that it passes on. `Start` is what is known of the start, as in [`RecordFields`].
        ///
        /// ```
        /// use deskledger_domain::{Column, ConnectionRecord, ProjectId, RecordFields, Value, parse_time};
        ///
        /// let fields = RecordFields::new("55f1", parse_time("2020-04-24T03:02:45Z")?);
        /// let kept = ConnectionRecord::new(ProjectId::new("8dc9c40a06574a598941b254d4b63b43")?, fields)?;
        /// let borrowed = kept.as_ref();
        /// assert_eq!(Column::TransactionId.value(&borrowed), Value::Text("55f1"));
        /// assert_eq!(borrowed.to_record()?, kept);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct RecordRef<'a, Start = DateTime<Utc>> {
            /// The tenant that the record belongs to.
            pub project_id: &'a ProjectId,
            $(#[doc = $meaning] pub $field: $borrowed,)+
        }

        impl RecordFields {
            /// Every field, in the order of `contract.md` §2.
            pub const ALL: [RecordField; [$(stringify!($field)),+].len()] = [$(RecordField {
                name: stringify!($field),
                kind: FieldKind::$kind,
                example: concat!("", $example),
                meaning: $meaning,
            }),+];
        }

        impl<Start> RecordFields<Start> {
            /// The fields of a connection of which only these two are known.
            pub fn new(transaction_id: impl Into<String>, connection_start_time: Start) -> Self {
                let key = transaction_id.into();
                Self {
                    $($field: unknown!($kind, key, connection_start_time),)+
                }
            }

            /// The same fields with another start.
            pub(crate) fn with_start<Other>(self, start: Other) -> RecordFields<Other> {
                RecordFields {
                    $($field: restarted!($kind, self.$field, start),)+
                }
            }
        }

        impl RecordFields<Option<DateTime<Utc>>> {
            /// Takes over what a later event of the same connection knows.
            pub(super) fn update(&mut self, later: &Self) {
                $(update!($kind, self.$field, later.$field);)+
            }
        }

        impl<'a, Start: Copy + Into<Option<DateTime<Utc>>>> RecordRef<'a, Start> {
            pub(crate) fn new(project_id: &'a ProjectId, fields: &'a RecordFields<Start>) -> Self {
                Self {
                    project_id,
                    $($field: borrow!($kind, fields.$field),)+
                }
            }

            /// Whether these are the fields of a record, or of an event: only this function says what either must be.
            ///
            /// # Errors
            /// As [`ConnectionRecord::new`].
            pub fn check(&self) -> Result<(), InvalidRecord> {
                // One by one and not from a list: every record of every export is checked.
                $(check!($kind, stringify!($field), self.$field);)+
                Ok(())
            }
        }

        impl RecordRef<'_> {
            /// Whether the record says already all that an event of its connection says, so that the event would change nothing.
            pub fn says(&self, event: &RecordRef<'_, Option<DateTime<Utc>>>) -> bool {
                self.project_id == event.project_id $(&& (says!($kind, self.$field, event.$field)))+
            }

            /// A record of one's own, to keep.
            ///
            /// # Errors
            /// As [`ConnectionRecord::new`]; never for a view that was [checked](Self::check).
            pub fn to_record(&self) -> Result<ConnectionRecord, InvalidRecord> {
                let fields = RecordFields {
                    $($field: own!($kind, self.$field),)+
                };
                ConnectionRecord::new(self.project_id.clone(), fields)
            }
        }
    };
}

record_fields!([with_types]);
