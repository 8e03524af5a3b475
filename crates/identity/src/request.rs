use std::net::IpAddr;

/// What identity reads of the head of a request, whatever server received it.
pub trait Request {
    /// The method, in capitals.
    fn method(&self) -> &str;

    /// The path, as it was sent.
    fn path(&self) -> &str;

    /// The query, as it was sent and without its `?`; empty where nothing was sent.
    fn query(&self) -> &str;

    /// The host and port of the target, where the target names them.
    fn authority(&self) -> Option<&str>;

    /// A header, by its name in lower case.
    fn header(&self, name: &str) -> Header<'_>;

    /// The address that brings the request, where it is known.
    fn peer(&self) -> Option<IpAddr>;
}

/// A header of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header<'a> {
    /// It was not sent.
    Missing,
    /// Its value.
    One(&'a [u8]),
    /// It was sent more than once: who reads the first value and who reads the last would disagree.
    Repeated,
}

impl<'a> Header<'a> {
    /// The header with these values.
    pub fn of(mut values: impl Iterator<Item = &'a [u8]>) -> Self {
        match (values.next(), values.next()) {
            (None, _) => Self::Missing,
            (Some(value), None) => Self::One(value),
            (Some(_), Some(_)) => Self::Repeated,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use ureq::http::Uri;

    use super::*;

    /// A request that no server received.
    #[derive(Clone, Debug)]
    pub(crate) struct TestRequest {
        method: &'static str,
        uri: Uri,
        headers: Vec<(String, Vec<u8>)>,
    }

    impl TestRequest {
        pub(crate) fn get() -> Self {
            Self {
                method: "GET",
                uri: Uri::from_static("/"),
                headers: Vec::new(),
            }
        }

        pub(crate) fn post() -> Self {
            Self::get().method("POST")
        }

        pub(crate) fn method(self, method: &'static str) -> Self {
            Self { method, ..self }
        }

        pub(crate) fn uri(self, uri: &str) -> Self {
            let uri = uri.parse().unwrap();
            Self { uri, ..self }
        }

        /// With a header, instead of those of the same name.
        pub(crate) fn insert_header(mut self, header: (&str, impl AsRef<[u8]>)) -> Self {
            let name = header.0.to_lowercase();
            self.headers.retain(|(other, _)| *other != name);
            self.append_header(header)
        }

        /// With one more header.
        pub(crate) fn append_header(mut self, (name, value): (&str, impl AsRef<[u8]>)) -> Self {
            let value = value.as_ref().to_vec();
            self.headers.push((name.to_lowercase(), value));
            self
        }
    }

    impl Request for TestRequest {
        fn method(&self) -> &str {
            self.method
        }

        fn path(&self) -> &str {
            self.uri.path()
        }

        fn query(&self) -> &str {
            self.uri.query().unwrap_or_default()
        }

        fn authority(&self) -> Option<&str> {
            self.uri.authority().map(ureq::http::uri::Authority::as_str)
        }

        fn header(&self, name: &str) -> Header<'_> {
            let named = self.headers.iter().filter(|(other, _)| other == name);
            Header::of(named.map(|(_, value)| value.as_slice()))
        }

        fn peer(&self) -> Option<IpAddr> {
            None
        }
    }

    #[test]
    fn a_header_that_is_sent_twice_has_no_value() {
        let request = TestRequest::get().append_header(("A", "1"));
        assert_eq!(request.header("a"), Header::One(b"1"));
        assert_eq!(request.header("b"), Header::Missing);
        let request = request.append_header(("a", "1"));
        assert_eq!(request.header("a"), Header::Repeated);
    }
}
