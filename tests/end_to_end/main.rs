//! The real application over real databases, asked over HTTP, its workbooks read by calamine.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod agreement;
mod audit;
mod client;
mod denial;
mod error_code;
mod explorer;
mod fairness;
mod filter;
mod forgery;
mod format;
mod health;
mod iam;
mod language;
mod list;
mod monitoring;
mod mutation;
mod note;
mod online;
mod reader;
mod record;
mod recording;
mod refusal;
mod reload;
mod retention;
mod rule;
mod signature;
mod startup;
mod stranger;
mod stream;
mod summary;
mod task;
mod tenant;
mod transfer;
mod upgrade;
mod vendor;
