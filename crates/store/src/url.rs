//! The URL that chooses a database, and what of it must not be shown.

use std::borrow::Cow;
#[cfg(feature = "sqlite")]
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use crate::StoreError;

const POSTGRES: [&str; 2] = ["postgres://", "postgresql://"];
const SQLITE: &str = "sqlite://";

/// Where a database is that this crate can open.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Location {
    #[cfg(feature = "postgres")]
    /// PostgreSQL. libpq reads the URL itself.
    Postgres,
    #[cfg(feature = "sqlite")]
    /// SQLite in this file.
    Sqlite(PathBuf),
}

/// Which database a URL names.
pub(crate) fn location(url: &str) -> Result<Location, StoreError> {
    if POSTGRES.iter().any(|scheme| url.starts_with(scheme)) {
        postgres()
    } else if let Some(path) = url.strip_prefix(SQLITE) {
        sqlite(path)
    } else {
        Err(StoreError::invalid_url(
            "the URL must begin with postgres://, postgresql:// or sqlite://",
        ))
    }
}

#[cfg(feature = "postgres")]
#[expect(
    clippy::unnecessary_wraps,
    reason = "a build without PostgreSQL refuses"
)]
fn postgres() -> Result<Location, StoreError> {
    Ok(Location::Postgres)
}

#[cfg(not(feature = "postgres"))]
fn postgres() -> Result<Location, StoreError> {
    Err(StoreError::invalid_url(
        "this build cannot open a PostgreSQL database: it was made without the feature postgres",
    ))
}

#[cfg(feature = "sqlite")]
fn sqlite(path: &str) -> Result<Location, StoreError> {
    sqlite_path(path).map(Location::Sqlite)
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &str) -> Result<Location, StoreError> {
    Err(StoreError::invalid_url(
        "this build cannot open a SQLite database: it was made without the feature sqlite",
    ))
}

#[cfg(feature = "sqlite")]
fn sqlite_path(path: &str) -> Result<PathBuf, StoreError> {
    if path.contains(['?', '#']) {
        return Err(StoreError::invalid_url(
            "a sqlite:// URL has no parameters: write ? as %3F and # as %23 in a path",
        ));
    }
    let path = percent_decode_str(path)
        .decode_utf8()
        .ok()
        .filter(|path| !path.contains('\0'))
        .ok_or_else(|| StoreError::invalid_url("the path of a sqlite:// URL must be UTF-8"))?;
    match path.as_ref() {
        "" => Err(StoreError::invalid_url(
            "a sqlite:// URL must name a file: sqlite:///absolute/path or sqlite://relative/path",
        )),
        ":memory:" => Err(StoreError::invalid_url(
            "SQLite in memory is not supported, since every connection would see a database of its own: name a file",
        )),
        // SQLite would take a relative path that begins with "file:" for a URI.
        path => Ok(Path::new(".").join(path)),
    }
}

/// The URL as it may be logged: without user, password and parameters.
pub(crate) fn without_secrets(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Cow::Borrowed("***");
    };
    // A password with an unescaped `@`, `/` or `?` in it ends at the last `@` there is.
    match rest.rsplit_once('@') {
        Some((_, rest)) => Cow::Owned(format!("{scheme}://***@{}", before_parameters(rest))),
        None => Cow::Owned(format!("{scheme}://{}", before_parameters(rest))),
    }
}

/// The URL of a database as it may be shown to an operator: without user, password and parameters.
pub fn shown_url(url: &str) -> String {
    without_secrets(url).into_owned()
}

fn before_parameters(text: &str) -> &str {
    text.split_once('?').map_or(text, |(before, _)| before)
}

/// The parameters of a URL, as they are written.
pub(crate) fn parameters(url: &str) -> impl Iterator<Item = (&str, &str)> {
    url.split_once('?')
        .map_or("", |(_, parameters)| parameters)
        .split('&')
        .filter_map(|parameter| parameter.split_once('='))
}

/// The URL of the same database, by the same user, at another server.
#[cfg(feature = "postgres")]
pub(crate) fn at_server(url: &str, host: &str, port: i32) -> String {
    const OF_A_SERVER: [&str; 5] = [
        "host",
        "hostaddr",
        "port",
        "target_session_attrs",
        "load_balance_hosts",
    ];
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let before = before_parameters(rest);
    let (user, authority) = match before.rsplit_once('@') {
        Some((user, authority)) => (format!("{user}@"), authority),
        None => (String::new(), before),
    };
    let database = authority.split_once('/').map_or("", |(_, name)| name);
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.replace('/', "%2F")
    };
    let kept = parameters(url).filter(|(name, _)| !OF_A_SERVER.contains(name));
    let kept: Vec<_> = kept
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mark = if kept.is_empty() { "" } else { "?" };
    format!(
        "{scheme}://{user}{host}:{port}/{database}{mark}{}",
        kept.join("&")
    )
}

/// Every text of the URL that is a secret, as it is written and as it is meant.
pub(crate) fn secrets(url: &str) -> Vec<String> {
    let password = url
        .split_once("://")
        .and_then(|(_, rest)| rest.rsplit_once('@'))
        .and_then(|(user, _)| user.split_once(':'))
        .map(|(_, password)| password);
    let in_parameters = parameters(url)
        .filter(|(name, _)| name.to_ascii_lowercase().contains("password"))
        .map(|(_, value)| value);
    password
        .into_iter()
        .chain(in_parameters)
        .flat_map(|secret| {
            let meant = percent_decode_str(secret).decode_utf8_lossy().into_owned();
            [secret.to_owned(), meant]
        })
        .filter(|secret| !secret.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreErrorKind;

    #[test]
    fn the_scheme_chooses_the_database() {
        for url in ["postgres://h/d", "postgresql://u:p@h/d"] {
            assert_eq!(location(url).unwrap(), Location::Postgres);
        }
        for (url, path) in [
            ("sqlite:///var/lib/a.db", "/var/lib/a.db"),
            ("sqlite://a.db", "./a.db"),
            ("sqlite://file:a.db", "./file:a.db"),
            ("sqlite:///a%20b%3F.db", "/a b?.db"),
        ] {
            assert_eq!(location(url).unwrap(), Location::Sqlite(path.into()));
        }
    }

    #[test]
    fn what_names_no_database_is_refused_without_repeating_it() {
        for url in [
            "",
            "mysql://ann:secret@h/d",
            "ann:secret@h",
            "sqlite://",
            "sqlite://:memory:",
            "sqlite:///a.db?mode=ro",
            "sqlite:///%ff",
            "sqlite:///a%00",
        ] {
            let error = location(url).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::InvalidUrl, "{url}");
            assert!(!error.to_string().contains("secret"));
        }
        let error = location("mysql://h/d").unwrap_err().to_string();
        for scheme in ["postgres://", "postgresql://", "sqlite://"] {
            assert!(error.contains(scheme), "{error}");
        }
    }

    #[test]
    fn the_same_database_is_named_at_another_server() {
        for (url, there) in [
            ("postgres://h/d", "postgres://w:5433/d"),
            (
                "postgresql://ann:s%40c@h:1,i:2/d?sslmode=require&target_session_attrs=read-write",
                "postgresql://ann:s%40c@w:5433/d?sslmode=require",
            ),
            (
                "postgres:///?host=h&port=1&dbname=d",
                "postgres://w:5433/?dbname=d",
            ),
        ] {
            assert_eq!(at_server(url, "w", 5433), there);
        }
        assert_eq!(
            at_server("postgres://h/d", "::1", 5432),
            "postgres://[::1]:5432/d"
        );
    }

    #[test]
    fn nothing_secret_is_shown() {
        for (url, shown) in [
            ("postgres://ann:s3c@h:1/d", "postgres://***@h:1/d"),
            ("postgres://ann:s/3?c@h/d?a=b", "postgres://***@h/d"),
            ("postgres://h/d?password=s3c", "postgres://h/d"),
            ("ann:s3c", "***"),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }

    #[test]
    fn every_secret_is_known_however_it_is_written() {
        let url = "postgres://ann:s%20c@h/d?sslmode=require&password=x&sslpassword=%79z";
        assert_eq!(secrets(url), ["s%20c", "s c", "x", "x", "%79z", "yz"]);
        assert!(secrets("postgres://ann:@h/d").is_empty());
    }
}
