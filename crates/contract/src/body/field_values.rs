use deskledger_domain::{FieldValues, ValueField};
use serde::Serialize;
use utoipa::ToSchema;

/// The values of a field, as they are sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueList {
    /// The field.
    #[schema(examples("user_name"))]
    field: &'static str,
    /// The most frequent first.
    values: Vec<CountedValue>,
    /// Whether all records were looked at. Where this is false there are more than are looked at, and the counts are of the newest.
    exact: bool,
}

/// A value, and how many records have it.
#[derive(Debug, Serialize, ToSchema)]
struct CountedValue {
    /// The value, as the newest of these records has it.
    #[schema(examples("jy01@local.com"))]
    value: String,
    /// How many records have it.
    count: u64,
}

impl ValueList {
    /// These values of a field.
    pub fn new(field: ValueField, found: FieldValues) -> Self {
        let values = found.values.into_iter();
        Self {
            field: field.name(),
            values: values
                .map(|(value, count)| CountedValue { value, count })
                .collect(),
            exact: found.exact,
        }
    }
}
