use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{Header, HeaderBuilder, ObjectBuilder, Ref, RefOr};

/// The identifier of a request.
const REQUEST_ID: &str = "X-Request-Id";
/// Whether an answer may be kept.
const CACHE_CONTROL: &str = "Cache-Control";
/// The methods that a path takes.
pub(super) const ALLOW: &str = "Allow";
/// When it is worth asking again.
pub(super) const RETRY_AFTER: &str = "Retry-After";

/// The headers of answers that more than one operation has.
pub(super) fn components() -> BTreeMap<String, RefOr<Header>> {
    let header = |name: &str, kind: Type, description: &str, example: Value| {
        let header = HeaderBuilder::new()
            .schema(Some(ObjectBuilder::new().schema_type(kind)))
            .description(Some(description))
            .example(Some(example))
            .build();
        (name.to_owned(), header.into())
    };
    [
        header(
            REQUEST_ID,
            Type::String,
            "The identifier of the request, in the log too. On every answer.",
            json!("da9d4bad62964d759ccccd49673a0227"),
        ),
        header(
            CACHE_CONTROL,
            Type::String,
            "No answer may be kept.",
            json!("no-store"),
        ),
        header(
            ALLOW,
            Type::String,
            "The methods that the path takes, with commas between them.",
            json!("GET"),
        ),
        header(
            RETRY_AFTER,
            Type::Integer,
            "After how many seconds it is worth asking again.",
            json!(10),
        ),
    ]
    .into()
}

/// The headers of every answer.
pub(super) fn of_every_answer() -> [(String, RefOr<Header>); 2] {
    [REQUEST_ID, CACHE_CONTROL].map(|name| (name.to_owned(), RefOr::Ref(reference(name))))
}

/// A reference to a header of the document.
pub(super) fn reference(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
}
