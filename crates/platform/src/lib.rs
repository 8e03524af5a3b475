#![doc = include_str!("../README.md")]

mod cpu_budget;
mod output;
mod socket;

pub use cpu_budget::CpuBudget;
pub use output::standard_output_was_closed;
pub use socket::{shut_down, shut_down_unix, unix_sockets};
