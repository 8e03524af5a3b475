//! What is left when processes are killed: the real `deskledger` program, a real PostgreSQL, and `kill -9`.
#![cfg(test)]

mod audit;
mod cluster;
#[expect(
    dead_code,
    reason = "the tests of the store look further into a database"
)]
#[path = "../../../store/tests/support/database.rs"]
mod database;
mod process;
mod recording;
mod reload;
mod right;
mod task;
