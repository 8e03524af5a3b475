use std::fmt;

use chrono::{DateTime, Utc};
use deskledger_domain::{
    ConnectionEvent, ConnectionRecord, EventFields, ProjectId, RecordFields, format_time,
    parse_time,
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::InvalidRecordLine;
use super::number::whole_number;

/// A record as it travels: one JSON object by the vendor's names, times as text (`contract.md` §2).
///
/// It may hold anything; [`into_record`](Self::into_record) checks it. On the way in a missing field and `null` are
/// the same, and a field that does not exist is refused. On the way out every record has the same 22 fields, and
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
    sid: Option<String>,
    transaction_id: Option<String>,
    computer_name: Option<String>,
    user_name: Option<String>,
    terminal_mac: Option<String>,
    terminal_name: Option<String>,
    terminal_ip: Option<String>,
    client_version: Option<String>,
    terminal_type: Option<String>,
    agent_version: Option<String>,
    desktop_ip: Option<String>,
    connection_start_time: Option<String>,
    connection_setup_time: Option<String>,
    connection_end_time: Option<String>,
    is_reconnect: Option<bool>,
    connection_failure_reason: Option<String>,
    #[serde(default, deserialize_with = "whole_number")]
    network_rtt: Option<i32>,
    #[serde(default, deserialize_with = "whole_number")]
    e2e_rtt: Option<i32>,
    source_ip: Option<String>,
    public_ip: Option<String>,
    enterprise_project_id: Option<String>,
    desktop_id: Option<String>,
}

/// One field of a [`RecordLine`], by the kind of value that it takes.
#[derive(Debug)]
pub enum FieldSlot<'a> {
    /// A text, or a time as text.
    Text(&'a mut Option<String>),
    /// A whole number, which is of milliseconds.
    Integer(&'a mut Option<i32>),
    /// True or false.
    Boolean(&'a mut Option<bool>),
}

impl RecordLine {
    /// The names of all fields that are accepted, in the order of `contract.md` §2.
    pub const FIELDS: [&'static str; 23] = [
        "tenantId",
        "sid",
        "transaction_id",
        "computer_name",
        "user_name",
        "terminal_mac",
        "terminal_name",
        "terminal_ip",
        "client_version",
        "terminal_type",
        "agent_version",
        "desktop_ip",
        "connection_start_time",
        "connection_setup_time",
        "connection_end_time",
        "is_reconnect",
        "connection_failure_reason",
        "network_rtt",
        "e2e_rtt",
        "source_ip",
        "public_ip",
        "enterprise_project_id",
        "desktop_id",
    ];

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
        if let Some(tenant) = self.tenant_id
            && tenant != project.as_str()
        {
            return Err(InvalidRecordLine::other_project(&tenant, project));
        }
        let fields = EventFields {
            transaction_id: self
                .transaction_id
                .ok_or(InvalidRecordLine::missing("transaction_id"))?,
            sid: self.sid,
            computer_name: self.computer_name,
            user_name: self.user_name,
            terminal_mac: self.terminal_mac,
            terminal_name: self.terminal_name,
            terminal_ip: self.terminal_ip,
            client_version: self.client_version,
            terminal_type: self.terminal_type,
            agent_version: self.agent_version,
            desktop_ip: self.desktop_ip,
            connection_start_time: time("connection_start_time", self.connection_start_time)?,
            connection_setup_time: time("connection_setup_time", self.connection_setup_time)?,
            connection_end_time: time("connection_end_time", self.connection_end_time)?,
            is_reconnect: self.is_reconnect,
            connection_failure_reason: self.connection_failure_reason,
            network_rtt: self.network_rtt,
            e2e_rtt: self.e2e_rtt,
            source_ip: self.source_ip,
            public_ip: self.public_ip,
            enterprise_project_id: self.enterprise_project_id,
            desktop_id: self.desktop_id,
        };
        Ok(ConnectionEvent::new(project.clone(), fields)?)
    }

    /// The field with this name; `None` where there is no such field.
    pub fn slot(&mut self, field: &str) -> Option<FieldSlot<'_>> {
        Some(match field {
            "tenantId" => FieldSlot::Text(&mut self.tenant_id),
            "sid" => FieldSlot::Text(&mut self.sid),
            "transaction_id" => FieldSlot::Text(&mut self.transaction_id),
            "computer_name" => FieldSlot::Text(&mut self.computer_name),
            "user_name" => FieldSlot::Text(&mut self.user_name),
            "terminal_mac" => FieldSlot::Text(&mut self.terminal_mac),
            "terminal_name" => FieldSlot::Text(&mut self.terminal_name),
            "terminal_ip" => FieldSlot::Text(&mut self.terminal_ip),
            "client_version" => FieldSlot::Text(&mut self.client_version),
            "terminal_type" => FieldSlot::Text(&mut self.terminal_type),
            "agent_version" => FieldSlot::Text(&mut self.agent_version),
            "desktop_ip" => FieldSlot::Text(&mut self.desktop_ip),
            "connection_start_time" => FieldSlot::Text(&mut self.connection_start_time),
            "connection_setup_time" => FieldSlot::Text(&mut self.connection_setup_time),
            "connection_end_time" => FieldSlot::Text(&mut self.connection_end_time),
            "is_reconnect" => FieldSlot::Boolean(&mut self.is_reconnect),
            "connection_failure_reason" => FieldSlot::Text(&mut self.connection_failure_reason),
            "network_rtt" => FieldSlot::Integer(&mut self.network_rtt),
            "e2e_rtt" => FieldSlot::Integer(&mut self.e2e_rtt),
            "source_ip" => FieldSlot::Text(&mut self.source_ip),
            "public_ip" => FieldSlot::Text(&mut self.public_ip),
            "enterprise_project_id" => FieldSlot::Text(&mut self.enterprise_project_id),
            "desktop_id" => FieldSlot::Text(&mut self.desktop_id),
            _ => return None,
        })
    }
}

fn time(
    field: &'static str,
    text: Option<String>,
) -> Result<Option<DateTime<Utc>>, InvalidRecordLine> {
    text.map(|text| parse_time(&text).map_err(|why| InvalidRecordLine::time(field, &text, why)))
        .transpose()
}

impl From<RecordFields> for RecordLine {
    fn from(fields: RecordFields) -> Self {
        Self {
            tenant_id: None,
            sid: fields.sid,
            transaction_id: Some(fields.transaction_id),
            computer_name: fields.computer_name,
            user_name: fields.user_name,
            terminal_mac: fields.terminal_mac,
            terminal_name: fields.terminal_name,
            terminal_ip: fields.terminal_ip,
            client_version: fields.client_version,
            terminal_type: fields.terminal_type,
            agent_version: fields.agent_version,
            desktop_ip: fields.desktop_ip,
            connection_start_time: Some(format_time(fields.connection_start_time)),
            connection_setup_time: fields.connection_setup_time.map(format_time),
            connection_end_time: fields.connection_end_time.map(format_time),
            is_reconnect: fields.is_reconnect,
            connection_failure_reason: fields.connection_failure_reason,
            network_rtt: fields.network_rtt,
            e2e_rtt: fields.e2e_rtt,
            source_ip: fields.source_ip,
            public_ip: fields.public_ip,
            enterprise_project_id: fields.enterprise_project_id,
            desktop_id: fields.desktop_id,
        }
    }
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
