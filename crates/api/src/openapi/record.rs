use deskledger_domain::MAX_TEXT_CHARS;
use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

use deskledger_ingest::RecordLine;

/// A record on its way out: each of its fields is there, and what is not known is null (`contract.md` §2).
pub(crate) struct Record;

/// What a field holds, by an example.
enum Kind {
    Text(&'static str),
    Time(&'static str),
    Boolean(bool),
    Integer(i32),
}

use Kind::{Boolean, Integer, Text, Time};

/// The fields, with what they mean.
const FIELDS: [(&str, Kind, &str); 22] = [
    (
        "sid",
        Text("S-1-5-21-1004336348-1177238915-682003330-1004"),
        "The security identifier of the desktop.",
    ),
    (
        "transaction_id",
        Text("55f1c3a0-0001"),
        "The identifier of the connection, unique in its project. Never null.",
    ),
    (
        "computer_name",
        Text("JY011"),
        "The desktop's computer name, as its operating system knows it.",
    ),
    (
        "user_name",
        Text("jy01@local.com"),
        "Who logged in, or tried to.",
    ),
    (
        "terminal_mac",
        Text("00-ac-9c-c7-9a-df"),
        "The hardware address of the terminal.",
    ),
    (
        "terminal_name",
        Text("DESKTOP-EG0P3TR"),
        "The name of the terminal.",
    ),
    (
        "terminal_ip",
        Text("192.168.1.15"),
        "The address of the terminal in its own network.",
    ),
    (
        "client_version",
        Text("1.8.00005"),
        "The version of the client on the terminal.",
    ),
    (
        "terminal_type",
        Text("Windows 10 "),
        "The operating system of the terminal.",
    ),
    (
        "agent_version",
        Text("1.8.00005.10546"),
        "The version of the agent on the desktop.",
    ),
    (
        "desktop_ip",
        Text("10.0.3.7"),
        "The address of the desktop.",
    ),
    (
        "connection_start_time",
        Time("2020-04-24T03:02:45Z"),
        "When the connection was asked for. Never null.",
    ),
    (
        "connection_setup_time",
        Time("2020-04-24T03:02:47Z"),
        "When the connection stood; null where it failed.",
    ),
    (
        "connection_end_time",
        Time("2020-04-24T03:32:47Z"),
        "When the connection ended; null while it is open.",
    ),
    (
        "is_reconnect",
        Boolean(false),
        "Whether an earlier connection was taken up again.",
    ),
    (
        "connection_failure_reason",
        Text("400200:The desktop is being prepared."),
        "Why there was no connection.",
    ),
    (
        "network_rtt",
        Integer(7),
        "Round trip of the network, in milliseconds.",
    ),
    (
        "e2e_rtt",
        Integer(19),
        "Round trip from end to end, in milliseconds.",
    ),
    (
        "source_ip",
        Text("203.0.113.9"),
        "The address that the gateway saw.",
    ),
    (
        "public_ip",
        Text("198.51.100.7"),
        "The address with which the terminal left its network.",
    ),
    (
        "enterprise_project_id",
        Text("0"),
        "The enterprise project of the desktop.",
    ),
    (
        "desktop_id",
        Text("a4f5a9c1-6d0e-4f6b-9b6f-0b1f3f6f2c11"),
        "The identifier of the desktop.",
    ),
];

impl PartialSchema for Record {
    fn schema() -> RefOr<Schema> {
        let record = ObjectBuilder::new()
            .description(Some("A connection."))
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        let record = FIELDS.iter().fold(record, |record, (name, kind, meaning)| {
            let nullable = !RecordLine::MANDATORY_FIELDS.contains(name);
            let field = kind.schema(nullable).description(Some(*meaning));
            record.property(*name, field).required(*name)
        });
        record.into()
    }
}

impl ToSchema for Record {}

impl Kind {
    fn schema(&self, nullable: bool) -> ObjectBuilder {
        let schema = ObjectBuilder::new();
        let format = |format| Some(SchemaFormat::KnownFormat(format));
        let (kind, schema, example) = match self {
            Text(example) => (
                Type::String,
                schema.max_length(Some(MAX_TEXT_CHARS)),
                json!(example),
            ),
            Time(example) => (
                Type::String,
                schema.format(format(KnownFormat::DateTime)),
                json!(example),
            ),
            Boolean(example) => (Type::Boolean, schema, json!(example)),
            Integer(example) => (
                Type::Integer,
                schema.format(format(KnownFormat::Int32)),
                json!(example),
            ),
        };
        let schema = schema.examples([example]);
        if nullable {
            schema.schema_type(SchemaType::from_iter([kind, Type::Null]))
        } else {
            schema.schema_type(kind)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_the_fields_that_are_sent() {
        let mut names = FIELDS.map(|(name, ..)| name).to_vec();
        names.insert(0, "tenantId");
        assert_eq!(names, RecordLine::FIELDS);
    }
}
