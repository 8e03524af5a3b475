use std::fmt;

use chrono::{DateTime, Utc};
use deskledger_domain::{
    ConnectionEvent, ConnectionRecord, EventFields, ProjectId, RecordFields, format_time,
    parse_time, record_fields,
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::InvalidRecordLine;
use super::number::WholeNumber;

/// One field of a [`RecordLine`], by the kind of value that it takes.
#[derive(Debug)]
pub(crate) enum FieldSlot<'a> {
    /// A text, or a time as text.
    Text(&'a mut Option<String>),
    /// A whole number, which is of milliseconds.
    Integer(&'a mut Option<WholeNumber>),
    /// True or false.
    Boolean(&'a mut Option<bool>),
}

/// The slot of a field, by its kind.
macro_rules! slot {
    (Integer, $field:expr) => {
        FieldSlot::Integer($field)
    };
    (Boolean, $field:expr) => {
        FieldSlot::Boolean($field)
    };
    ($kind:ident, $field:expr) => {
        FieldSlot::Text($field)
    };
}

/// What a field of an event is made of.
macro_rules! parsed {
    (Key, $name:expr, $field:expr) => {
        $field.ok_or(InvalidRecordLine::missing($name))?
    };
    (Start, $name:expr, $field:expr) => {
        time($name, $field)?
    };
    (Time, $name:expr, $field:expr) => {
        time($name, $field)?
    };
    (Integer, $name:expr, $field:expr) => {
        $field.map(|number| number.0)
    };
    ($kind:ident, $name:expr, $field:expr) => {
        $field
    };
}

/// What a field of a record is written as.
macro_rules! written {
    (Key, $field:expr) => {
        Some($field)
    };
    (Start, $field:expr) => {
        Some(format_time($field))
    };
    (Time, $field:expr) => {
        $field.map(format_time)
    };
    (Integer, $field:expr) => {
        $field.map(WholeNumber)
    };
    ($kind:ident, $field:expr) => {
        $field
    };
}

/// Expands `define` with every field and the type that it has in JSON. A derive takes no macro as the type of a field, so the
/// types are put in here.
macro_rules! with_types {
    ($($field:ident: $kind:ident, $example:tt, $meaning:literal;)+) => { with_types! { [] $($field $kind)+ } };
    ([$($done:tt)*] $field:ident Boolean $($rest:ident)*) => {
        with_types! { [$($done)* $field Boolean (bool),] $($rest)* }
    };
    ([$($done:tt)*] $field:ident Integer $($rest:ident)*) => {
        with_types! { [$($done)* $field Integer (WholeNumber),] $($rest)* }
    };
    ([$($done:tt)*] $field:ident $kind:ident $($rest:ident)*) => {
        with_types! { [$($done)* $field $kind (String),] $($rest)* }
    };
    ([$($done:tt)*]) => { define! { $($done)* } };
}

macro_rules! define {
    ($($field:ident $kind:ident ($type:ty),)+) => {
        /// A record as it travels: one JSON object by the vendor's names, times as text (`contract.md` §2).
        ///
        /// It may hold anything; [`into_record`](Self::into_record) checks it. On the way in a missing field and `null` are
        /// the same, and a field that does not exist is refused. On the way out every record has the same fields, and
        /// what is not known is `null`; `tenantId` is never among them.
        ///
        /// ```
        /// use deskledger_ingest::RecordLine;
        /// use deskledger_domain::ProjectId;
        ///
        /// let line = br#"{"transaction_id": "55f1", "connection_start_time": "2020-04-24T03:02:45Z"}"#;
        /// let record = RecordLine::from_json(line)?.into_record(&ProjectId::new("p1")?)?;
        /// assert_eq!(record.fields().transaction_id, "55f1");
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(remote = "Self", deny_unknown_fields)]
        pub struct RecordLine {
            #[serde(rename = "tenantId", skip_serializing)]
            tenant_id: Option<String>,
            $($field: Option<$type>,)+
        }

        impl RecordLine {
            /// The names of all fields that are accepted, in the order of `contract.md` §2.
            pub const FIELDS: [&'static str; 1 + RecordFields::ALL.len()] =
                ["tenantId", $(stringify!($field)),+];

            /// The fields of an event, which are not checked yet.
            fn into_fields(self) -> Result<EventFields, InvalidRecordLine> {
                Ok(EventFields {
                    $($field: parsed!($kind, stringify!($field), self.$field),)+
                })
            }

            /// The field with this name; `None` where there is no such field.
            pub(crate) fn slot(&mut self, field: &str) -> Option<FieldSlot<'_>> {
                Some(match field {
                    "tenantId" => FieldSlot::Text(&mut self.tenant_id),
                    $(stringify!($field) => slot!($kind, &mut self.$field),)+
                    _ => return None,
                })
            }
        }

        impl From<RecordFields> for RecordLine {
            fn from(fields: RecordFields) -> Self {
                Self {
                    tenant_id: None,
                    $($field: written!($kind, fields.$field),)+
                }
            }
        }
    };
}

record_fields!([with_types]);

impl RecordLine {
    /// The fields that every record must have.
    pub const MANDATORY_FIELDS: [&'static str; 2] = ["transaction_id", "connection_start_time"];

    /// The wire form of a record.
    pub fn from_record(record: &ConnectionRecord) -> Self {
        Self::from(record.fields().clone())
    }

    /// Checks the line and makes it a record of `project`.
    ///
    /// # Errors
    /// As [`into_event`](Self::into_event), and when the start is missing.
    pub fn into_record(self, project: &ProjectId) -> Result<ConnectionRecord, InvalidRecordLine> {
        let record = self.into_event(project)?.to_record();
        record.ok_or(InvalidRecordLine::missing("connection_start_time"))
    }

    /// Checks the line and makes it an event of a connection of `project`: what is left out it says nothing of.
    ///
    /// # Errors
    /// When `transaction_id` is missing, a time is invalid, a text is too long or holds U+0000, or `tenantId` names
    /// another project. The error names the field and what would be right.
    pub fn into_event(self, project: &ProjectId) -> Result<ConnectionEvent, InvalidRecordLine> {
        if let Some(tenant) = &self.tenant_id
            && tenant != project.as_str()
        {
            return Err(InvalidRecordLine::other_project(tenant, project));
        }
        Ok(ConnectionEvent::new(project.clone(), self.into_fields()?)?)
    }
}

fn time(
    field: &'static str,
    text: Option<String>,
) -> Result<Option<DateTime<Utc>>, InvalidRecordLine> {
    text.map(|text| parse_time(&text).map_err(|why| InvalidRecordLine::time(field, &text, why)))
        .transpose()
}

impl Serialize for RecordLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// Only an object is a record: what serde derives alone would also take an array of 23 values.
impl<'de> Deserialize<'de> for RecordLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = RecordLine;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a record, which is a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RecordLine, A::Error> {
                RecordLine::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_map(Object)
    }
}
