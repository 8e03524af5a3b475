//! The format of an export that a client accepts best.

use actix_web::HttpRequest;
use deskledger_domain::ExportFormat;

use crate::http::header::accept::{MediaRange, media_ranges};

/// The format that the header `Accept` prefers (RFC 9110, section 12.5.1); among equals one that it names, then a workbook.
///
/// A client that names the workbook gets it, whatever else it names and prefers: generated clients list every type of the
/// document, in an order and with qualities of their own making. One that accepts none of ours gets a workbook too: the
/// vendor's clients send what they please, and none of them is refused for it.
pub(super) fn accepted(request: &HttpRequest) -> ExportFormat {
    let accept = media_ranges(request.headers());
    let preferred = |format: ExportFormat| {
        let names = format.media_types().iter();
        names.filter_map(|name| preference(&accept, name)).max()
    };
    if preferred(ExportFormat::Xlsx).is_some_and(|(quality, is_named)| is_named && quality > 0) {
        return ExportFormat::Xlsx;
    }
    let wanted = |format| {
        let preference = preferred(format)?;
        (preference.0 > 0).then_some((preference, format))
    };
    // Of equals the last is taken.
    ExportFormat::ALL
        .into_iter()
        .rev()
        .filter_map(wanted)
        .max_by_key(|(preference, _)| *preference)
        .map_or_else(ExportFormat::default, |(_, format)| format)
}

/// How much a media type is wanted, in thousandths, and whether it is named: its own name counts before a wildcard.
fn preference(accept: &[MediaRange], name: &str) -> Option<(u16, bool)> {
    let (kind, _) = name.split_once('/')?;
    let weight = |range: &str| {
        let found = accept.iter().find(|item| item.essence() == range);
        found.map(|item| item.weight)
    };
    match weight(name) {
        Some(weight) => Some((weight, true)),
        None => weight(&format!("{kind}/*"))
            .or_else(|| weight("*/*"))
            .map(|weight| (weight, false)),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_client_gets_what_it_prefers_and_else_a_workbook() {
        use ExportFormat::{Csv, JsonLines, Xlsx};

        for (accept, format) in [
            ("", Xlsx),
            ("*/*", Xlsx),
            ("application/json", Xlsx),
            ("application/xml, text/plain", Xlsx),
            // As browsers and libraries of theirs ask.
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
                Xlsx,
            ),
            ("application/json, text/plain, */*", Xlsx),
            ("application/octet-stream", Xlsx),
            ("nonsense", Xlsx),
            ("text/csv", Csv),
            ("Text/CSV; charset=utf-8", Csv),
            ("text/csv, */*", Csv),
            ("text/csv, */*;q=0.1", Csv),
            ("text/*", Csv),
            ("text/*, application/*", Xlsx),
            ("text/csv;q=0.5, */*", Xlsx),
            ("text/csv;q=0, text/*", Xlsx),
            ("text/plain;x=\"a, text/csv, b\"", Xlsx),
            ("application/x-ndjson", JsonLines),
            ("application/jsonl", JsonLines),
            ("application/ndjson", JsonLines),
            ("application/x-jsonlines", JsonLines),
            // As generated clients ask, which list all that the document has.
            (
                "application/x-ndjson, text/csv, \
                 application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                Xlsx,
            ),
            (
                "application/x-ndjson, application/json, \
                 application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;q=0.1",
                Xlsx,
            ),
            ("application/jsonl;q=0.9, text/csv;q=0.8", JsonLines),
            ("application/x-ndjson, text/csv", Csv),
            ("application/*", Xlsx),
            (
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;q=0, */*",
                Csv,
            ),
        ] {
            let request = TestRequest::default().insert_header(("accept", accept));
            assert_eq!(accepted(&request.to_http_request()), format, "{accept}");
        }
        let without = TestRequest::default().to_http_request();
        assert_eq!(accepted(&without), Xlsx);
        let twice = TestRequest::default()
            .append_header(("accept", "text/html"))
            .append_header(("accept", "text/csv"));
        assert_eq!(accepted(&twice.to_http_request()), Csv);
    }
}
