//! On which condition a request asks for a file, and for which part of it (RFC 9110 §13 and §14).

use std::ops::Range;

use actix_web::HttpRequest;
use actix_web::http::header::{
    EntityTag, Header as _, HeaderMap, IF_MATCH, IF_NONE_MATCH, IF_RANGE, IfMatch, IfNoneMatch,
};

use crate::http::header::range::{self, ByteRange};

/// Whether a request wants a file at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// It does.
    Holds,
    /// The client has the file.
    HasFile,
    /// The client wants another file than this one.
    WantsAnother,
}

/// What `If-Match` and `If-None-Match` say of a file with this entity tag. A header that is malformed says nothing.
pub(super) fn condition(request: &HttpRequest, etag: &str) -> Condition {
    let headers = request.headers();
    let Ok(etag) = etag.parse::<EntityTag>() else {
        return Condition::Holds;
    };
    if headers.contains_key(IF_MATCH)
        && let Ok(IfMatch::Items(tags)) = IfMatch::parse(request)
        && !tags.iter().any(|tag| tag.strong_eq(&etag))
    {
        return Condition::WantsAnother;
    }
    if !headers.contains_key(IF_NONE_MATCH) {
        return Condition::Holds;
    }
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => Condition::HasFile,
        Ok(IfNoneMatch::Items(tags)) if tags.iter().any(|tag| tag.weak_eq(&etag)) => {
            Condition::HasFile
        }
        _ => Condition::Holds,
    }
}

/// What of a file is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// This part.
    Part(Range<u64>),
    /// A part that it does not have.
    Nothing,
}

/// What a request wants of a file with so many bytes and this entity tag.
///
/// It is the whole file if it asks for none of its parts, for several, or for a part of another file than this one. The RFC
/// allows all of these.
pub(super) fn wanted(request: &HttpRequest, bytes: u64, etag: &str) -> Wanted {
    let headers = request.headers();
    match *range::requested(request.method(), headers) {
        [range] if is_of_file(headers, etag) => part(range, bytes),
        _ => Wanted::Whole,
    }
}

/// Whether a part is wanted of the file with this entity tag, and not of another one.
fn is_of_file(headers: &HeaderMap, etag: &str) -> bool {
    let mut tags = headers.get_all(IF_RANGE);
    match (tags.next(), tags.next()) {
        (None, _) => true,
        (Some(tag), None) => tag.as_bytes() == etag.as_bytes(),
        _ => false,
    }
}

/// The part of a file of so many bytes that a request asks for; `None` where that is all of it, or where it cannot be had.
#[cfg(feature = "fuzzing")]
pub(crate) fn wanted_part(request: &HttpRequest, bytes: u64) -> Option<Range<u64>> {
    match wanted(request, bytes, "") {
        Wanted::Part(part) => Some(part),
        Wanted::Whole | Wanted::Nothing => None,
    }
}

fn part(range: ByteRange, bytes: u64) -> Wanted {
    let part = match range {
        ByteRange::From { first, last } => {
            let end = last.map_or(bytes, |last| last.saturating_add(1).min(bytes));
            first..end
        }
        ByteRange::Last(length) => bytes.saturating_sub(length)..bytes,
    };
    if part.is_empty() {
        Wanted::Nothing
    } else {
        Wanted::Part(part)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::Method;
    use actix_web::http::header::RANGE;
    use actix_web::test::TestRequest;

    use super::*;

    const TAG: &str = "\"a-1\"";

    fn wanted_of(range: &str, if_range: Option<&str>) -> Wanted {
        let mut request = TestRequest::get().insert_header((RANGE, range));
        if let Some(tag) = if_range {
            request = request.insert_header((IF_RANGE, tag));
        }
        wanted(&request.to_http_request(), 100, TAG)
    }

    #[test]
    fn one_range_is_cut_to_the_file() {
        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=10-19", 10..20),
            ("bytes=90-", 90..100),
            ("bytes=90-1000", 90..100),
            ("bytes=-10", 90..100),
            ("bytes=-1000", 0..100),
            ("BYTES=0-", 0..100),
            ("bytes=0-99999999999999999999999", 0..100),
            ("bytes=-99999999999999999999999", 0..100),
        ] {
            assert_eq!(wanted_of(range, None), Wanted::Part(part), "{range}");
        }
    }

    #[test]
    fn what_is_not_in_the_file_is_not_satisfiable() {
        for range in [
            "bytes=100-",
            "bytes=100-200",
            "bytes=-0",
            "bytes=99999999999999999999999-",
        ] {
            assert_eq!(wanted_of(range, None), Wanted::Nothing, "{range}");
        }
    }

    #[test]
    fn what_is_not_understood_wants_all() {
        for range in [
            "bytes=",
            "bytes=a-b",
            "lines=1-2",
            "bytes=1-2,4-5",
            "bytes=9-1",
            "bytes=+5-9",
            "1-2",
        ] {
            assert_eq!(wanted_of(range, None), Wanted::Whole, "{range}");
        }
        let none = TestRequest::get().to_http_request();
        assert_eq!(wanted(&none, 100, TAG), Wanted::Whole);
        let twice = TestRequest::get()
            .append_header((RANGE, "bytes=0-9"))
            .append_header((RANGE, "bytes=0-9"));
        assert_eq!(wanted(&twice.to_http_request(), 100, TAG), Wanted::Whole);
        let head = TestRequest::default()
            .method(Method::HEAD)
            .insert_header((RANGE, "bytes=0-9"));
        assert_eq!(wanted(&head.to_http_request(), 100, TAG), Wanted::Whole);
    }

    #[test]
    fn a_file_is_wanted_on_conditions() {
        use Condition::{HasFile, Holds, WantsAnother};

        for (header, value, expected) in [
            (IF_NONE_MATCH, "\"a-1\"", HasFile),
            (IF_NONE_MATCH, "W/\"a-1\"", HasFile),
            (IF_NONE_MATCH, "\"a-0\", \"a-1\"", HasFile),
            (IF_NONE_MATCH, "*", HasFile),
            (IF_NONE_MATCH, "\"a-2\"", Holds),
            (IF_MATCH, "\"a-1\"", Holds),
            (IF_MATCH, "\"a-0\", \"a-1\"", Holds),
            (IF_MATCH, "*", Holds),
            (IF_MATCH, "\"a-2\"", WantsAnother),
            (IF_MATCH, "W/\"a-1\"", WantsAnother),
        ] {
            let request = TestRequest::get().insert_header((header.clone(), value));
            let found = condition(&request.to_http_request(), TAG);
            assert_eq!(found, expected, "{header}: {value}");
        }
        let none = TestRequest::get().to_http_request();
        assert_eq!(condition(&none, TAG), Holds);
    }

    #[test]
    fn a_part_of_another_file_is_not_wanted() {
        assert_eq!(wanted_of("bytes=0-9", Some(TAG)), Wanted::Part(0..10));
        for tag in ["\"a-2\"", "W/\"a-1\"", "Wed, 21 Oct 2015 07:28:00 GMT"] {
            assert_eq!(wanted_of("bytes=0-9", Some(tag)), Wanted::Whole, "{tag}");
        }
    }
}
