//! What a recording sends.

use std::borrow::Cow;

use deskledger_domain::{FieldKind, MAX_TEXT_CHARS, RecordFields};
use serde_json::json;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat,
    SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::parameter::TEXT;

/// The encodings that the body of a recording may have, as the header `Accept-Encoding` lists them.
pub const ENCODINGS: &str = "gzip, zstd";

/// The header `Content-Encoding` of a recording.
pub struct ContentEncodingHeader;

impl IntoParams for ContentEncodingHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(ENCODINGS.split(", ")));
        let parameter = ParameterBuilder::new()
            .name("Content-Encoding")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("How the body is compressed, where it is."))
            .schema(Some(schema));
        vec![parameter.build()]
    }
}

/// An array of events.
pub struct ConnectionEvents;

impl PartialSchema for ConnectionEvents {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(Ref::from_schema_name(ConnectionEvent::name()))
            .into()
    }
}

impl ToSchema for ConnectionEvents {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((
            ConnectionEvent::name().into_owned(),
            ConnectionEvent::schema(),
        ));
    }
}

/// What is known of a connection by now.
struct ConnectionEvent;

impl ToSchema for ConnectionEvent {
    fn name() -> Cow<'static, str> {
        "ConnectionEvent".into()
    }
}

impl PartialSchema for ConnectionEvent {
    fn schema() -> RefOr<Schema> {
        let mut event = ObjectBuilder::new()
            .description(Some(
                "What is known of a connection by now. A field that is left out, or null, says nothing.",
            ))
            .examples([json!({
                "transaction_id": "55f1",
                "user_name": "jy01@local.com",
                "connection_start_time": "2020-04-24T03:02:45Z",
            })])
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        event = event.property("tenantId", tenant());
        for field in &RecordFields::ALL {
            event = event.property(field.name, value(field.kind));
            if field.kind == FieldKind::Key {
                event = event.required(field.name);
            }
        }
        event.into()
    }
}

/// The schema of the project that a client may repeat.
fn tenant() -> ObjectBuilder {
    let kinds = SchemaType::from_iter([Type::String, Type::Null]);
    ObjectBuilder::new()
        .schema_type(kinds)
        .description(Some("The project in the path, where it is sent at all."))
}

/// The schema of a field. Only a key is mandatory.
fn value(kind: FieldKind) -> ObjectBuilder {
    let or_null =
        |kind: Type| ObjectBuilder::new().schema_type(SchemaType::from_iter([kind, Type::Null]));
    let text = |schema: ObjectBuilder| schema.pattern(Some(TEXT)).max_length(Some(MAX_TEXT_CHARS));
    match kind {
        FieldKind::Key => text(ObjectBuilder::new().schema_type(Type::String)).min_length(Some(1)),
        FieldKind::Text => text(or_null(Type::String)),
        FieldKind::Boolean => or_null(Type::Boolean),
        FieldKind::Integer => or_null(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .minimum(Some(i32::MIN))
            .maximum(Some(i32::MAX))
            .description(Some(
                "Milliseconds. A negative number says that none was measured: it is kept, and is in no range.",
            )),
        FieldKind::Start | FieldKind::Time => or_null(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples(["2020-04-24T03:02:47Z"])
            .description(Some("In UTC, or with any offset (RFC 3339). The seconds may be left out.")),
    }
}
