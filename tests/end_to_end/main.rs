//! The real application over real databases, asked over HTTP, its workbooks read by calamine.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod audit;
mod client;
mod filter;
mod record;
mod refusal;
mod rule;
mod stream;
mod transfer;
mod vendor;
