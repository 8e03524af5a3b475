use thiserror::Error;

/// Where a browser goes after its user signed in: a path of the service, perhaps with a query and a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnPath(String);

/// A text that leads elsewhere, or nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "must be a path of this service, such as /console/: 1 to 2,000 visible characters of ASCII that begin with one slash, without a \
     backslash"
)]
pub struct InvalidReturnPath;

impl ReturnPath {
    /// The most characters that it has.
    pub const MAX_CHARS: usize = 2000;

    /// Checks and takes a path. What browsers read as another host, such as `//evil.example.com` and `/\evil.example.com`, is
    /// none.
    ///
    /// # Errors
    /// When it is not a path of this service.
    pub fn new(path: impl Into<String>) -> Result<Self, InvalidReturnPath> {
        let path = path.into();
        let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
        let leads_here = path.starts_with('/') && !path.starts_with("//");
        if leads_here && path.len() <= Self::MAX_CHARS && path.bytes().all(is_plain) {
            Ok(Self(path))
        } else {
            Err(InvalidReturnPath)
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ReturnPath {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_service_is_taken_and_what_leads_elsewhere_is_not() {
        let longest = format!("/{}", "x".repeat(ReturnPath::MAX_CHARS - 1));
        for path in [
            "/",
            "/console/",
            "/console/p/p1/connections?t=now-7d..now&tz=Asia%2FShanghai#row",
            "/%2Fevil.example.com",
            "/%5Cevil.example.com",
            "/@evil.example.com",
            "/x//evil.example.com",
            "/x?to=https://evil.example.com",
            &longest,
        ] {
            assert_eq!(ReturnPath::new(path).unwrap().as_str(), path);
        }
        let too_long = format!("{longest}x");
        for path in [
            "",
            "console/",
            "//evil.example.com",
            "///evil.example.com",
            "/\\evil.example.com",
            "\\/evil.example.com",
            "\\\\evil.example.com",
            "/x\\..\\evil",
            "https://evil.example.com",
            "https:/evil.example.com",
            "https:evil.example.com",
            "javascript:alert(1)",
            "data:text/html,x",
            "@evil.example.com",
            ".evil.example.com",
            "?to=/",
            "#",
            " /console/",
            "/ /evil.example.com",
            "\t/console/",
            "/\t/evil.example.com",
            "/\n/evil.example.com",
            "/\r\nSet-Cookie: a=b",
            "/\0",
            "/\u{7f}",
            "/\u{e9}",
            "/\u{ff0f}evil.example.com",
            "/\u{2028}",
            &too_long,
        ] {
            assert_eq!(ReturnPath::new(path), Err(InvalidReturnPath), "{path:?}");
        }
    }
}
