//! The real application over real databases, asked over HTTP, its workbooks read by calamine.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod client;
mod denial;
mod error_code;
mod filter;
mod format;
mod health;
mod language;
mod record;
mod refusal;
mod rule;
mod stream;
mod tenant;
mod transfer;
mod vendor;
