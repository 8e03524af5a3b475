use deskledger_domain::{RecordRef, format_time, record_fields};
use serde::Serialize;

/// What a field is written as.
macro_rules! written {
    (Start, $field:expr) => {
        format_time($field)
    };
    (Time, $field:expr) => {
        $field.map(format_time)
    };
    ($kind:ident, $field:expr) => {
        $field
    };
}

/// Expands `define` with every field and the type that it is written with.
macro_rules! with_types {
    ($($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => { with_types! { [] $($field $kind)+ } };
    ([$($done:tt)*] $field:ident Key $($rest:ident)*) => { with_types! { [$($done)* $field Key (&'a str),] $($rest)* } };
    ([$($done:tt)*] $field:ident Text $($rest:ident)*) => {
        with_types! { [$($done)* $field Text (Option<&'a str>),] $($rest)* }
    };
    ([$($done:tt)*] $field:ident Start $($rest:ident)*) => { with_types! { [$($done)* $field Start (String),] $($rest)* } };
    ([$($done:tt)*] $field:ident Time $($rest:ident)*) => {
        with_types! { [$($done)* $field Time (Option<String>),] $($rest)* }
    };
    ([$($done:tt)*] $field:ident Boolean $($rest:ident)*) => {
        with_types! { [$($done)* $field Boolean (Option<bool>),] $($rest)* }
    };
    ([$($done:tt)*] $field:ident Integer $($rest:ident)*) => {
        with_types! { [$($done)* $field Integer (Option<i32>),] $($rest)* }
    };
    ([$($done:tt)*]) => { define! { $($done)* } };
}

macro_rules! define {
    ($($field:ident $kind:ident ($type:ty),)+) => {
        /// A borrowed record on its way out. It is written as a [`RecordLine`](crate::RecordLine) is, without a copy of its
        /// texts.
        #[derive(Debug, Serialize)]
        pub struct BorrowedRecordLine<'a> {
            $($field: $type,)+
        }

        impl<'a> From<&RecordRef<'a>> for BorrowedRecordLine<'a> {
            fn from(record: &RecordRef<'a>) -> Self {
                Self {
                    $($field: written!($kind, record.$field),)+
                }
            }
        }
    };
}

record_fields!([with_types]);
