use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use super::{InvalidRecordLine, RecordLine, error::quoted};

impl RecordLine {
    /// Reads one record as JSON: a line of NDJSON, or the body of a request.
    ///
    /// # Errors
    /// When the bytes are not UTF-8, not JSON or not an object, or a field is unknown, doubled or of the wrong type.
    /// The error names the field.
    pub fn from_json(bytes: &[u8]) -> Result<Self, InvalidRecordLine> {
        // One check of the whole line is faster than one of each of its texts.
        let text = std::str::from_utf8(bytes).map_err(|error| InvalidRecordLine::NotUtf8 {
            column: error.valid_up_to() + 1,
        })?;
        // Keeping track of the path costs time, and only a failure asks for it.
        serde_json::from_str(text).map_err(|error| explain(text, &error))
    }
}

/// Reads once more what could not be read, to find out which field is to blame.
fn explain(text: &str, error: &serde_json::Error) -> InvalidRecordLine {
    let reason = reason(error);
    if error.classify() != Category::Data {
        return InvalidRecordLine::NotJson {
            reason,
            column: error.column(),
        };
    }
    if let Some(field) = find_field(|field| reason == format!("duplicate field `{field}`")) {
        let reason = "occurs twice".to_owned();
        return InvalidRecordLine::Field { field, reason };
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let traced = serde_path_to_error::deserialize::<_, RecordLine>(&mut json);
    match traced.as_ref().map_err(|error| first_key(error.path())) {
        Err(Some(name)) => match find_field(|field| field == name) {
            Some(field) => InvalidRecordLine::Field { field, reason },
            None => InvalidRecordLine::UnknownField { name: quoted(name) },
        },
        _ => InvalidRecordLine::NotAnObject { reason },
    }
}

fn find_field(is_it: impl Fn(&str) -> bool) -> Option<&'static str> {
    RecordLine::FIELDS.into_iter().find(|field| is_it(field))
}

fn first_key(path: &Path) -> Option<&str> {
    path.iter().find_map(|segment| match segment {
        Segment::Map { key } => Some(key.as_str()),
        _ => None,
    })
}

/// What serde says, in words that are not Rust's, without the position, which is said apart, and without what was sent if
/// that is long.
fn reason(error: &serde_json::Error) -> String {
    const HEAD: usize = 100;
    const TAIL: usize = 80;

    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&position).unwrap_or(&text);
    let text = &*in_words(text).unwrap_or_else(|| text.to_owned());
    // What was sent stands in the middle; what was expected, at the end, is kept.
    let length = text.chars().count();
    if length <= HEAD + TAIL {
        return text.to_owned();
    }
    let head: String = text.chars().take(HEAD).collect();
    let tail: String = text.chars().skip(length - TAIL).collect();
    format!("{head}…{tail}")
}

/// What was expected and what was found, out of what serde says of a value: `None` where it says something else.
fn in_words(text: &str) -> Option<String> {
    let values = ["invalid type: ", "invalid value: ", "invalid length "];
    let rest = values.iter().find_map(|start| text.strip_prefix(start))?;
    // What was sent may hold these words, what is expected does not.
    let (found, expected) = rest.rsplit_once(", expected ")?;
    let found = match found.split_once(' ').unwrap_or((found, "")) {
        ("string", value) => format!("the text {value}"),
        ("integer" | "boolean", value) => value.trim_matches('`').to_owned(),
        ("floating", value) => value
            .trim_start_matches("point ")
            .trim_matches('`')
            .to_owned(),
        ("sequence", _) => "an array".to_owned(),
        ("map", _) => "an object".to_owned(),
        _ => found.to_owned(),
    };
    let expected = match expected {
        "a string" => "a text",
        "a boolean" => "true or false",
        other => other,
    };
    Some(format!("expected {expected}, found {found}"))
}
