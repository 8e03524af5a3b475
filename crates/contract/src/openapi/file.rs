//! An answer that is a file, whichever endpoint hands it out.

use deskledger_domain::ExportFormat;
use utoipa::PartialSchema as _;
use utoipa::openapi::{ContentBuilder, HeaderBuilder, Response, ResponseBuilder};

use super::File;
use crate::media_type::{ANY_APPLICATION, ANY_FILE};

/// How the file is called.
pub const CONTENT_DISPOSITION: (&str, &str) = (
    "Content-Disposition",
    "`attachment`, with an ASCII `filename` and a `filename*` in UTF-8, in the asked language (RFC 6266).",
);

/// What an export answers with.
pub fn exported_file(description: &str) -> Response {
    let headers = [
        CONTENT_DISPOSITION,
        (
            "Vary",
            "`Accept`, which may choose the form, and `Accept-Encoding`.",
        ),
        (
            "Content-Encoding",
            "`gzip` or `zstd`, where `Accept-Encoding` names it and the file is CSV or JSON Lines.",
        ),
        ("Accept-Ranges", "`none`: an export cannot be resumed."),
    ];
    file(description, &headers)
}

/// The media type of a format, as the document names it.
fn documented(format: ExportFormat) -> &'static str {
    match format.media_types()[0] {
        name if name.contains("json") => ANY_APPLICATION,
        name => name,
    }
}

/// A file in each of its forms, with these headers.
pub fn file(description: &str, headers: &[(&str, &str)]) -> Response {
    let mut response = ResponseBuilder::new().description(description);
    let mut media_types = ExportFormat::ALL.map(documented).to_vec();
    media_types.insert(1, ANY_FILE);
    for media_type in media_types {
        let content = ContentBuilder::new().schema(Some(File::schema()));
        response = response.content(media_type, content.build());
    }
    for (name, meaning) in headers {
        let header = HeaderBuilder::new().schema(Some(String::schema()));
        response = response.header(*name, header.description(Some(*meaning)).build());
    }
    response.build()
}
