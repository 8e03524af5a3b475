//! The names of media types that the document names in place of others. Those of exports are `ExportFormat::media_types`.

/// Any file, as the OpenAPI document says it for generators that know no other type of bytes.
pub const ANY_FILE: &str = "application/octet-stream";

/// What stands in the OpenAPI document for a type with "json" in its name: a generated client sends the first such name as its
/// `Accept`, and would get JSON Lines without having asked for them.
pub const ANY_APPLICATION: &str = "application/*";
