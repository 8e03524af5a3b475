#![doc = include_str!("../README.md")]

mod assets;
mod meta;
#[cfg(test)]
mod tests;

pub use self::meta::{ColumnMeta, Meta};

/// What the page may do: run and show what this service sends, and ask this service. Scripts make markup by one policy of the
/// framework alone, which escapes values.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types svelte-trusted-html";

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Where it is, below the page: `files/index.js`.
    pub path: &'static str,
    /// Its `Content-Type`.
    pub media_type: &'static str,
    /// The SHA-256 of its bytes, in hexadecimal digits: it changes with the file alone.
    pub hash: &'static str,
    /// The file.
    pub bytes: &'static [u8],
}

/// All files of the page but the page itself.
pub fn assets() -> &'static [Asset] {
    assets::ASSETS
}

/// The page for an address below it, such as `p/PROJECT/connections`, as it was sent.
///
/// All addresses lead to one page. It counts its own from a base, which is as many steps up as the address is deep: so it works
/// below any path that a proxy puts before it.
pub fn page(address: &str) -> String {
    let depth = address.bytes().filter(|byte| *byte == b'/').count();
    let base = if depth == 0 {
        "./".to_owned()
    } else {
        "../".repeat(depth)
    };
    PAGE.replacen(BASE, &format!(r#"<base href="{base}">"#), 1)
}

const PAGE: &str = include_str!("../assets/index.html");
const BASE: &str = r#"<base href="/console/">"#;
