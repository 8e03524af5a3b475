//! Which browsers' requests a cookie may authorise: those of our own pages.
//!
//! A browser sends cookies with requests that other sites make, too. It says by `Origin` and `Sec-Fetch-Site` which site made a
//! request, and no script can change these. A header of our own, which no form of another site can send, is asked for besides.

use crate::error::{IdentityError, IdentityErrorKind};
use crate::request::{Header, Request};

/// The header by which a script of ours says that it asks, with the value `1`.
pub const SCRIPT_HEADER: &str = "x-deskledger";

/// Where browsers find the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The origin that the settings name, in lower case and without a default port: `https://ledger.example.com`. `None`: that of
    /// the header `Host`.
    origin: Option<String>,
}

/// What may be asked for without [`SCRIPT_HEADER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Nothing.
    ByScript,
    /// What a navigation reads, such as a download that the user opens from one of our pages.
    ByScriptOrNavigation,
}

impl Site {
    /// The site with an origin, such as `https://ledger.example.com`, or that of the header `Host`.
    pub fn new(origin: Option<&str>) -> Self {
        Self {
            origin: origin.map(|origin| without_default_port(&origin.to_ascii_lowercase())),
        }
    }

    /// Whether browsers reach the service at their own machine in the clear, where they take no cookie that is `Secure`.
    pub(crate) fn is_loopback_in_the_clear(&self, request: &impl Request) -> bool {
        match &self.origin {
            Some(origin) => origin.strip_prefix("http://").is_some_and(is_loopback),
            None => host(request).is_some_and(is_loopback),
        }
    }

    /// Refuses what a browser does not say to come from one of our own pages.
    ///
    /// # Errors
    /// When it comes from elsewhere, or nothing says where it comes from (403).
    pub(crate) fn check(&self, request: &impl Request, asked: Asked) -> Result<(), IdentityError> {
        let fetched_from = request.header("sec-fetch-site");
        let origin = request.header("origin");
        let is_ours = match (fetched_from, origin) {
            (Header::One(b"same-origin"), Header::Missing) => true,
            (Header::One(b"same-origin") | Header::Missing, Header::One(origin)) => {
                self.is_own(origin, request)
            }
            _ => false,
        };
        if !is_ours {
            return Err(refusal(
                "the cookie of a session authorises requests of the service's own pages alone, and this one comes from elsewhere, or \
                 from a browser that does not say where from: send a token in the header X-Auth-Token instead",
            ));
        }
        if request.header(SCRIPT_HEADER) == Header::One(b"1") {
            return Ok(());
        }
        let is_navigation = asked == Asked::ByScriptOrNavigation
            && matches!(request.method(), "GET" | "HEAD")
            && fetched_from == Header::One(b"same-origin")
            && request.header("sec-fetch-mode") == Header::One(b"navigate");
        if is_navigation {
            return Ok(());
        }
        Err(refusal(
            "a request that the cookie of a session authorises needs the header X-Deskledger: 1",
        ))
    }

    fn is_own(&self, origin: &[u8], request: &impl Request) -> bool {
        let Ok(origin) = std::str::from_utf8(origin) else {
            return false;
        };
        if let Some(own) = &self.origin {
            return without_default_port(&origin.to_ascii_lowercase()) == *own;
        }
        let sent = ["https://", "http://"]
            .into_iter()
            .find_map(|scheme| origin.strip_prefix(scheme));
        let is_host = |host: &str| sent.is_some_and(|sent| sent.eq_ignore_ascii_case(host));
        host(request).is_some_and(is_host)
    }
}

fn refusal(message: &'static str) -> IdentityError {
    IdentityError::refused(IdentityErrorKind::OtherSite, message)
}

/// The host that a request is for, with its port where one was sent.
fn host(request: &impl Request) -> Option<&str> {
    if let Some(authority) = request.authority() {
        return Some(authority);
    }
    match request.header("host") {
        Header::One(host) => std::str::from_utf8(host).ok(),
        Header::Missing | Header::Repeated => None,
    }
}

/// Whether a host, with a port or without, is this machine.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    let Some(name) = name else { return false };
    let address = name.parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// An origin as browsers write it: they leave the default port out.
fn without_default_port(origin: &str) -> String {
    let port = if origin.starts_with("https://") {
        ":443"
    } else {
        ":80"
    };
    origin.strip_suffix(port).unwrap_or(origin).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::TestRequest;

    fn sent(method: &'static str, headers: &[(&str, &str)]) -> TestRequest {
        let request = TestRequest::get()
            .method(method)
            .append_header(("host", "ledger.example.com"));
        headers.iter().fold(request, |request, header| {
            request.append_header((header.0, header.1))
        })
    }

    fn is_taken(site: &Site, request: &TestRequest) -> bool {
        site.check(request, Asked::ByScriptOrNavigation).is_ok()
    }

    const SCRIPT: (&str, &str) = ("x-deskledger", "1");
    const SAME: (&str, &str) = ("sec-fetch-site", "same-origin");
    const OWN: (&str, &str) = ("origin", "https://ledger.example.com");

    #[test]
    fn a_script_of_our_own_pages_is_taken() {
        let site = Site::new(None);
        for headers in [&[SCRIPT, SAME][..], &[SCRIPT, OWN], &[SCRIPT, SAME, OWN]] {
            for method in ["GET", "POST", "PUT", "DELETE"] {
                assert!(is_taken(&site, &sent(method, headers)), "{headers:?}");
            }
        }
    }

    #[test]
    fn another_site_and_one_that_is_not_named_are_refused() {
        let site = Site::new(None);
        for headers in [
            &[SCRIPT][..],
            &[SCRIPT, ("sec-fetch-site", "cross-site")],
            &[SCRIPT, ("sec-fetch-site", "same-site")],
            &[SCRIPT, ("sec-fetch-site", "none")],
            &[SCRIPT, ("sec-fetch-site", "cross-site"), OWN],
            &[SCRIPT, SAME, ("origin", "https://evil.example.com")],
            &[SCRIPT, SAME, ("origin", "null")],
            &[SCRIPT, ("origin", "null")],
            &[SCRIPT, ("origin", "https://ledger.example.com.evil.com")],
            &[SCRIPT, ("origin", "https://ledger.example.com:8443")],
            &[SCRIPT, ("origin", "ftp://ledger.example.com")],
            &[SCRIPT, ("origin", "")],
            &[SCRIPT, SAME, SAME],
            &[SCRIPT, OWN, OWN],
        ] {
            for method in ["GET", "POST"] {
                assert!(!is_taken(&site, &sent(method, headers)), "{headers:?}");
            }
        }
    }

    #[test]
    fn without_our_header_a_navigation_alone_is_taken_and_only_where_it_reads() {
        let site = Site::new(None);
        let navigate = ("sec-fetch-mode", "navigate");
        assert!(is_taken(&site, &sent("GET", &[SAME, navigate])));
        let request = sent("GET", &[SAME, navigate]);
        assert!(site.check(&request, Asked::ByScript).is_err());
        for (method, headers) in [
            ("POST", &[SAME, OWN, navigate][..]),
            ("DELETE", &[SAME, navigate]),
            ("GET", &[SAME]),
            ("GET", &[SAME, ("sec-fetch-mode", "no-cors")]),
            ("GET", &[OWN, navigate]),
            ("GET", &[SAME, ("x-deskledger", "0")]),
            ("POST", &[SAME, SCRIPT, SCRIPT]),
        ] {
            assert!(
                !is_taken(&site, &sent(method, headers)),
                "{method} {headers:?}"
            );
        }
    }

    #[test]
    fn the_origin_of_the_settings_counts_more_than_the_host() {
        let site = Site::new(Some("https://Desk.example.com:443"));
        let from = |origin| sent("POST", &[SCRIPT, ("origin", origin)]);
        assert!(is_taken(&site, &from("https://desk.example.com")));
        for origin in [
            "https://ledger.example.com",
            "http://desk.example.com",
            "https://desk.example.com:444",
        ] {
            assert!(!is_taken(&site, &from(origin)), "{origin}");
        }
    }

    #[test]
    fn only_this_machine_in_the_clear_has_a_cookie_that_is_not_secure() {
        for (host, expected) in [
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("127.0.0.1:8080", true),
            ("127.1.2.3", true),
            ("[::1]:8080", true),
            ("10.0.0.1", false),
            ("localhost.example.com", false),
            ("ledger.example.com", false),
        ] {
            let request = TestRequest::get().append_header(("host", host));
            let by_host = Site::new(None).is_loopback_in_the_clear(&request);
            assert_eq!(by_host, expected, "{host}");
            let site = Site::new(Some(&format!("http://{host}")));
            assert_eq!(site.is_loopback_in_the_clear(&request), expected, "{host}");
            let site = Site::new(Some(&format!("https://{host}")));
            assert!(!site.is_loopback_in_the_clear(&request), "{host}");
        }
    }
}
