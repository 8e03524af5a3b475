//! The names of media types that more than one part knows: one name has one rule, on the way in and on the way out.

/// A workbook. Its media type must not begin as a text, JSON or XML type does: the vendor's SDKs would parse it.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Any file, as the OpenAPI document says it for generators that know no other type of bytes.
pub const ANY_FILE: &str = "application/octet-stream";

/// What stands in the OpenAPI document for JSON Lines: a generated client sends the first name with "json" in it as its
/// `Accept`, and would get JSON Lines without having asked for them.
pub const ANY_APPLICATION: &str = "application/*";

/// CSV. A client that asks for it knows what it gets.
pub const CSV: &str = "text/csv";

/// JSON Lines, by the name that is sent.
pub const JSON_LINES: &str = "application/x-ndjson";

/// Every name of JSON Lines that is understood. None is registered, so clients use several.
pub const JSON_LINES_NAMES: &[&str] = &[
    JSON_LINES,
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonl",
    "application/jsonlines",
    "application/x-jsonlines",
];
