//! The header `Authorization` of a signed request.

use std::fmt;

use super::refusal::SignatureRefusal;

/// The one way of signing that there is.
pub(super) const ALGORITHM: &str = "SDK-HMAC-SHA256";

/// What the header says: whose signature it is, what it covers, and the signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Authorization<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) signed_headers: SignedHeaders<'a>,
    pub(super) signature: [u8; 32],
}

/// The names of the headers that are signed: in lower case, each once, in ascending order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SignedHeaders<'a>(&'a str);

impl<'a> Authorization<'a> {
    /// Reads the value of the header, in the one form in which the vendor's SDKs write it. Blanks after a comma may be
    /// fewer or more.
    ///
    /// # Errors
    /// When it has another form.
    pub(super) fn parse(value: &'a str) -> Result<Self, SignatureRefusal> {
        Self::fields(value).ok_or(SignatureRefusal::Malformed)
    }

    fn fields(value: &'a str) -> Option<Self> {
        let fields = value.strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
        let mut fields = fields
            .split(',')
            .map(|field| field.trim_matches([' ', '\t']));
        let access_key_id = fields.next()?.strip_prefix("Access=")?;
        let signed_headers = fields.next()?.strip_prefix("SignedHeaders=")?;
        let signature = fields.next()?.strip_prefix("Signature=")?;
        if fields.next().is_some() || !is_access_key_id(access_key_id) {
            return None;
        }
        Some(Self {
            access_key_id,
            signed_headers: SignedHeaders::parse(signed_headers)?,
            signature: decode_signature(signature)?,
        })
    }
}

impl<'a> SignedHeaders<'a> {
    fn parse(names: &'a str) -> Option<Self> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|byte| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte)
                })
        };
        (names.split(';').all(is_name) && names.split(';').is_sorted_by(|a, b| a < b))
            .then_some(Self(names))
    }

    /// The names, in ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0.split(';')
    }

    /// Whether a header is signed.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.iter().any(|signed| signed == name)
    }
}

impl fmt::Display for SignedHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Whether a text can be the identifier of an access key: 1 to 128 letters, digits, `-`, `_` and `.`.
pub fn is_access_key_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(is_plain)
}

fn decode_signature(hex: &str) -> Option<[u8; 32]> {
    let mut signature = [0; 32];
    let length = base16ct::lower::decode(hex, &mut signature).ok()?.len();
    (length == signature.len()).then_some(signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624";

    fn header(access: &str, signed: &str, signature: &str) -> String {
        format!("SDK-HMAC-SHA256 Access={access}, SignedHeaders={signed}, Signature={signature}")
    }

    #[test]
    fn what_the_sdks_write_is_read() {
        let value = header("AccessKey", "host;x-sdk-date", SIGNATURE);
        let read = Authorization::parse(&value).unwrap();
        assert_eq!(read.access_key_id, "AccessKey");
        assert_eq!(read.signed_headers.to_string(), "host;x-sdk-date");
        assert!(read.signed_headers.contains("host"));
        assert!(!read.signed_headers.contains("hos"));
        assert_eq!(base16ct::lower::encode_string(&read.signature), SIGNATURE);
        for blanks in [",", ",  ", " , "] {
            let spaced = value.replace(", ", blanks);
            assert_eq!(Authorization::parse(&spaced).unwrap(), read, "{spaced}");
        }
    }

    #[test]
    fn any_other_form_is_refused() {
        let fine = header("AccessKey", "host;x-sdk-date", SIGNATURE);
        for wrong in [
            String::new(),
            "Bearer abc".to_owned(),
            fine.replace("SDK-HMAC-SHA256", "sdk-hmac-sha256"),
            fine.replace("SDK-HMAC-SHA256", "SDK-HMAC-SM3"),
            fine.replace("SHA256 ", "SHA256"),
            fine.replace("Access=", "access="),
            format!("{fine}, Signature={SIGNATURE}"),
            format!("{fine},"),
            fine.replace("Access=AccessKey, ", ""),
            header("", "host", SIGNATURE),
            header("a b", "host", SIGNATURE),
            header(&"a".repeat(129), "host", SIGNATURE),
            header("a", "", SIGNATURE),
            header("a", "x-sdk-date;host", SIGNATURE),
            header("a", "host;host", SIGNATURE),
            header("a", "Host", SIGNATURE),
            header("a", "host;", SIGNATURE),
            header("a", "ho st", SIGNATURE),
            header("a", "host", ""),
            header("a", "host", &SIGNATURE[1..]),
            header("a", "host", &SIGNATURE[2..]),
            header("a", "host", &format!("{SIGNATURE}00")),
            header("a", "host", &SIGNATURE.to_uppercase()),
            header("a", "host", &SIGNATURE.replace('a', "g")),
        ] {
            assert_eq!(
                Authorization::parse(&wrong),
                Err(SignatureRefusal::Malformed),
                "{wrong}"
            );
        }
    }
}
