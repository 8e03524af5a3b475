//! The cookies of sessions (RFC 6265).

use crate::request::{Header, Request};
use crate::session::site::Site;

/// A cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cookie {
    /// Its name where browsers reach the service by TLS. With this prefix no other host can set it, and no page in the clear.
    secure: &'static str,
    /// Its name at their own machine.
    loopback: &'static str,
    /// With which requests of other sites it is sent.
    same_site: &'static str,
}

/// That of a session.
pub(crate) const SESSION: Cookie = Cookie {
    secure: "__Host-deskledger",
    loopback: "deskledger",
    same_site: "Strict",
};

/// That of somebody who is at the provider by which they sign in: it leads them back from another site.
pub(crate) const SIGN_IN: Cookie = Cookie {
    secure: "__Host-deskledger-sign-in",
    loopback: "deskledger-sign-in",
    same_site: "Lax",
};

/// What a request holds of a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held<'a> {
    /// It was not sent.
    Nothing,
    /// Its value.
    One(&'a [u8]),
    /// It was sent twice: the one who set the other is not known.
    Several,
}

impl Cookie {
    fn name(self, request: &impl Request, site: &Site) -> &'static str {
        if site.is_loopback_in_the_clear(request) {
            self.loopback
        } else {
            self.secure
        }
    }

    /// What a request holds of it.
    pub(crate) fn of<'a>(self, request: &'a impl Request, site: &Site) -> Held<'a> {
        let header = match request.header("cookie") {
            Header::Missing => return Held::Nothing,
            Header::One(header) => header,
            Header::Repeated => return Held::Several,
        };
        let name = self.name(request, site).as_bytes();
        let mut values = header.split(|byte| *byte == b';').filter_map(|pair| {
            let pair = pair.trim_ascii();
            let value = pair.strip_prefix(name)?.strip_prefix(b"=")?;
            Some(value)
        });
        match (values.next(), values.next()) {
            (None, _) => Held::Nothing,
            (Some(value), None) => Held::One(value),
            (Some(_), Some(_)) => Held::Several,
        }
    }

    /// The header `Set-Cookie` that sets it, until the browser is closed or for so many seconds.
    pub(crate) fn set(
        self,
        request: &impl Request,
        site: &Site,
        value: &str,
        max_age: Option<u64>,
    ) -> String {
        let name = self.name(request, site);
        let secure = if name == self.secure { "; Secure" } else { "" };
        let same_site = self.same_site;
        let max_age = max_age.map_or_else(String::new, |age| format!("; Max-Age={age}"));
        format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}{secure}{max_age}")
    }

    /// The header `Set-Cookie` that deletes it.
    pub(crate) fn delete(self, request: &impl Request, site: &Site) -> String {
        self.set(request, site, "", Some(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::TestRequest;

    fn at(host: &str, cookies: &[&str]) -> TestRequest {
        let request = TestRequest::get().append_header(("host", host));
        cookies.iter().fold(request, |request, cookie| {
            request.append_header(("cookie", cookie))
        })
    }

    #[test]
    fn a_cookie_is_bound_to_its_host_but_at_ones_own_machine() {
        let site = Site::new(None);
        assert_eq!(
            SESSION.set(&at("ledger.example.com", &[]), &site, "x", None),
            "__Host-deskledger=x; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(
            SESSION.delete(&at("localhost:8080", &[]), &site),
            "deskledger=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
        );
    }

    #[test]
    fn one_cookie_of_the_right_name_is_read() {
        let site = Site::new(None);
        let of = |host: &str, cookies: &[&str]| {
            let request = at(host, cookies);
            match SESSION.of(&request, &site) {
                Held::Nothing => "nothing".to_owned(),
                Held::One(value) => String::from_utf8(value.to_vec()).unwrap(),
                Held::Several => "several".to_owned(),
            }
        };
        let host = "ledger.example.com";
        for (cookies, expected) in [
            (&[][..], "nothing"),
            (&["__Host-deskledger=x"], "x"),
            (&["a=b; __Host-deskledger=x ;c"], "x"),
            (&["__Host-deskledger-sign-in=x"], "nothing"),
            (&["__host-deskledger=x"], "nothing"),
            // Another host of the same domain may have set it.
            (&["deskledger=x"], "nothing"),
            (&["__Host-deskledger=x; __Host-deskledger=y"], "several"),
            (&["__Host-deskledger=x", "a=b"], "several"),
        ] {
            assert_eq!(of(host, cookies), expected, "{cookies:?}");
        }
        assert_eq!(of("localhost", &["deskledger=x"]), "x");
        assert_eq!(of("localhost", &["__Host-deskledger=x"]), "nothing");
    }
}
