//! The path of a request as the log may show it: without the secret of an export link.

use std::borrow::Cow;

use crate::http::query::decode;

/// The segment behind which the secret of a link stands.
const BEFORE_SECRET: &str = "exports";

/// A path as the log may show it. What stands behind the segment `exports` is left out, whatever it is, also where a proxy put
/// something before, doubled a slash, or encoded what needs it not: it may be a secret, or most of one.
pub(crate) fn shown_path(path: &str) -> Cow<'_, str> {
    let mut end = 0;
    for segment in path.split('/') {
        end += segment.len() + 1;
        let is_before = decode(segment).is_some_and(|segment| segment == BEFORE_SECRET);
        if is_before && path[end.min(path.len())..].contains(|character| character != '/') {
            return Cow::Owned(format!("{}…", &path[..end]));
        }
    }
    Cow::Borrowed(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_where_a_secret_may_is_not_shown() {
        for (path, shown) in [
            ("/v2/exports/c2VjcmV0", "/v2/exports/…"),
            ("/v2/exports/c2VjcmV0/", "/v2/exports/…"),
            ("/v2/exports//c2VjcmV0", "/v2/exports/…"),
            ("//v2//exports/c2VjcmV0/x", "//v2//exports/…"),
            ("/desk/v2/exports/c2VjcmV0", "/desk/v2/exports/…"),
            ("/v2/%65xports/c2VjcmV0", "/v2/%65xports/…"),
            ("/v2/exports", "/v2/exports"),
            ("/v2/exports/", "/v2/exports/"),
            (
                "/v2/p1/connections/desktops/export",
                "/v2/p1/connections/desktops/export",
            ),
            ("/", "/"),
            ("", ""),
        ] {
            assert_eq!(shown_path(path), shown, "{path}");
        }
    }
}
