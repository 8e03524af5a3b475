use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::hexadecimal;

/// The time at which requests are signed: the one at which the service of a test stands still.
const DATE: &str = "20200501T080000Z";

/// A request, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path and the query.
    pub target: Vec<u8>,
    /// The headers, in their order.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The bytes on the wire, with the headers that end the connection and give the length of the body, and with a host,
    /// which every request must have.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = [self.method.as_bytes(), b" ", &self.target, b" HTTP/1.1\r\n"].concat();
        for (name, value) in &self.headers {
            bytes.extend([name, &b": "[..], value, b"\r\n"].concat());
        }
        if !self
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(b"host"))
        {
            bytes.extend(b"host: x\r\n");
        }
        let length = self.body.len();
        bytes.extend(format!("connection: close\r\ncontent-length: {length}\r\n\r\n").bytes());
        bytes.extend(&self.body);
        bytes
    }

    /// The value of a header, by its name in lower case.
    pub fn header_mut(&mut self, name: &str) -> &mut Vec<u8> {
        let mut headers = self.headers.iter_mut();
        let header = headers.find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()));
        &mut header.unwrap().1
    }

    /// Adds a header at the end.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// Signs requests as the vendor's SDKs do, by the text of `contract.md` §7 and none of the service's code.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The identifier of the access key.
    pub id: &'a str,
    /// Its secret.
    pub secret: &'a str,
}

impl Signer<'_> {
    /// A signed request. The path is plain text, without `%`; so are the names and values of the query. All headers are
    /// signed, and so is `X-Sdk-Date`, which is added.
    pub fn sign(
        &self,
        method: &str,
        path: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: &str,
    ) -> Request {
        let hash = sha256(body);
        self.sign_with(method, path, query, headers, body, &hash)
    }

    /// [`Signer::sign`] with the header `X-Sdk-Content-Sha256`, which says `hash` of the body and is not signed as a header.
    pub fn sign_as(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
        hash: &str,
    ) -> Request {
        self.sign_with(method, path, &[], headers, body, hash)
            .with("X-Sdk-Content-Sha256", hash)
    }

    fn sign_with(
        &self,
        method: &str,
        path: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: &str,
        body_hash: &str,
    ) -> Request {
        let path: String = path
            .split('/')
            .map(|segment| encode(segment) + "/")
            .collect();
        let mut query: Vec<_> = query
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        query.sort();
        let query = query.join("&");
        let mut headers = headers.to_vec();
        headers.push(("X-Sdk-Date", DATE));
        let mut signed: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.to_lowercase(), *value))
            .collect();
        signed.sort();
        let lines = signed.iter().fold(String::new(), |lines, (name, value)| {
            format!("{lines}{name}:{value}\n")
        });
        let names: Vec<_> = signed.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{body_hash}");
        let to_sign = format!("SDK-HMAC-SHA256\n{DATE}\n{}", sha256(&canonical));
        let mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap();
        let signature = hexadecimal(&mac.chain_update(to_sign).finalize().into_bytes());

        let path = path.strip_suffix('/').unwrap();
        let target = match query.as_str() {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        };
        let request = Request {
            method: method.to_owned(),
            target: target.into(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            body: body.into(),
        };
        request.with(
            "Authorization",
            &format!(
                "SDK-HMAC-SHA256 Access={}, SignedHeaders={names}, Signature={signature}",
                self.id
            ),
        )
    }
}

/// The hash of a text, in hexadecimal.
fn sha256(text: &str) -> String {
    hexadecimal(&Sha256::digest(text))
}

/// Percent-encodes all but `A-Za-z0-9-_.~`.
fn encode(text: &str) -> String {
    text.bytes()
        .fold(String::new(), |encoded, byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded + &char::from(byte).to_string()
            }
            _ => format!("{encoded}%{byte:02X}"),
        })
}
