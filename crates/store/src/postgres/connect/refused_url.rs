//! Which URLs libpq refuses, by its own words.

/// Whether libpq refuses the URL itself, before it asks any server: nothing of it will pass.
pub(super) fn refuses_url(message: &str) -> bool {
    // What it says of all options together comes alone.
    const BEGINNINGS: [&str; 8] = [
        "could not match ",
        "weak sslmode ",
        "invalid SSL protocol version range",
        "invalid SCRAM ",
        "missing key/value separator",
        "extra key/value separator",
        "end of string reached when looking for matching",
        "IPv6 host address may not be empty",
    ];
    // The port of a second host is looked at once the first one has failed.
    const WORDS: [&str; 9] = [
        "invalid connection option",
        "invalid URI query parameter",
        "invalid percent-encoded token",
        "forbidden value %00",
        "invalid port number",
        "invalid integer value",
        "support is not compiled in",
        "unexpected character",
        "is not supported (check OpenSSL version)",
    ];
    let is_value = message
        .strip_prefix("invalid ")
        .and_then(|rest| rest.split_once(' '))
        .is_some_and(|(_, rest)| rest.starts_with("value: "));
    is_value
        || BEGINNINGS.iter().any(|words| message.starts_with(words))
        || WORDS.iter().any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use diesel::{Connection as _, PgConnection};

    use super::*;

    #[test]
    fn a_url_that_libpq_refuses_itself_is_no_server_that_is_unavailable() {
        for (rest, is_wrong) in [
            ("127.0.0.1:1/d?sslmode=nonsense", true),
            ("127.0.0.1:1/d?nosuch=1", true),
            ("127.0.0.1:99999/d", true),
            ("u:se%zzcret@127.0.0.1:1/d", true),
            ("127.0.0.1:1/d?connect_timeout=soon", true),
            ("127.0.0.1:1/d?target_session_attrs=any-of-them", true),
            ("127.0.0.1:1/d?ssl_min_protocol_version=TLSv9", true),
            ("127.0.0.1:1/d?gssencmode=nonsense", true),
            ("127.0.0.1:1/d?sslmode", true),
            ("127.0.0.1:1/d?sslmode=a=b", true),
            ("127.0.0.1:1/d?sslmode=allow&sslrootcert=system", true),
            ("127.0.0.1:1,127.0.0.1:99999/d", true),
            ("127.0.0.1:1,127.0.0.1:2,127.0.0.1:3/d?port=1,2", true),
            ("[::1:1/d", true),
            ("127.0.0.1:1/d", false),
            ("nowhere.invalid/d", false),
            ("127.0.0.1:1/d?service=none", false),
        ] {
            let result = PgConnection::establish(&format!("postgres://{rest}"));
            let message = result.err().unwrap().to_string();
            assert_eq!(refuses_url(&message), is_wrong, "{rest}: {message}");
        }
    }
}
