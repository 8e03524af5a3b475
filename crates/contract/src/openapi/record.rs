use deskledger_domain::{FieldKind, MAX_TEXT_CHARS, RecordField, RecordFields};
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

/// A record on its way out: each of its fields is there, and what is not known is null (`contract.md` §2).
pub struct Record;

impl PartialSchema for Record {
    fn schema() -> RefOr<Schema> {
        let record = ObjectBuilder::new()
            .description(Some("A connection."))
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        let record = RecordFields::ALL.iter().fold(record, |record, field| {
            record
                .property(field.name, schema(field))
                .required(field.name)
        });
        record.into()
    }
}

impl ToSchema for Record {}

/// The schema of a field.
fn schema(field: &RecordField) -> ObjectBuilder {
    let schema = ObjectBuilder::new();
    let format = |format| Some(SchemaFormat::KnownFormat(format));
    let (kind, schema) = match field.kind {
        FieldKind::Key | FieldKind::Text => (Type::String, schema.max_length(Some(MAX_TEXT_CHARS))),
        FieldKind::Start | FieldKind::Time => {
            (Type::String, schema.format(format(KnownFormat::DateTime)))
        }
        FieldKind::Boolean => (Type::Boolean, schema),
        FieldKind::Integer => (Type::Integer, schema.format(format(KnownFormat::Int32))),
    };
    let schema = schema
        .examples([example(field)])
        .description(Some(field.meaning));
    if field.kind.is_mandatory() {
        schema.schema_type(kind)
    } else {
        schema.schema_type(SchemaType::from_iter([kind, Type::Null]))
    }
}

/// The example of a field, as JSON: its text is that of a number or a truth value where the field holds one.
fn example(field: &RecordField) -> Value {
    let text = json!(field.example);
    match field.kind {
        FieldKind::Boolean | FieldKind::Integer => {
            serde_json::from_str(field.example).unwrap_or(text)
        }
        FieldKind::Key | FieldKind::Text | FieldKind::Start | FieldKind::Time => text,
    }
}
