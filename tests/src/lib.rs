//! What the end-to-end tests stand on: real databases, the real service, and a reader of workbooks that is not the one
//! who wrote them.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test panics when it fails, and so does what it stands on"
)]

mod database;
pub mod fuzz;
mod keystone;
mod log;
mod oidc;
mod proxy;
mod secret;
mod service;
mod signer;
mod workbook;

pub use database::Database;
pub use keystone::{Keystone, Scope};
pub use log::Log;
pub use oidc::{Arrival, Oidc, Person};
pub use proxy::{Proxy, Treatment};
pub use secret::{SECRET_MARK, secret};
pub use service::{
    Answer, PROJECT, Service, TOKEN, access_key, hexadecimal, percent_encode, scope, sealing_key,
    token,
};
pub use signer::{Request, Signer};
pub use workbook::{Cell, Sheet, part, sheets};

/// Makes each test run against both databases, in modules whose names say against which.
///
/// ```text
/// on_both_databases! { a_record_comes_back }
///
/// fn a_record_comes_back(database: &Database) { … }
/// ```
#[macro_export]
macro_rules! on_both_databases {
    ($($test:ident)*) => {
        mod postgres {
            $(#[test] fn $test() { super::$test(&$crate::Database::postgres()); })*
        }
        mod sqlite {
            $(#[test] fn $test() { super::$test(&$crate::Database::sqlite()); })*
        }
    };
}
