//! The real application over real databases, asked over HTTP, its workbooks read by calamine.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod client;
mod explorer;
mod filter;
mod record;
mod refusal;
mod rule;
mod stream;
mod transfer;
mod vendor;
