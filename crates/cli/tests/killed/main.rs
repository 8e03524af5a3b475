//! What is left when processes are killed: the real `deskledger` program, a real PostgreSQL, and `kill -9`.
#![cfg(test)]

mod audit;
mod cluster;
mod count;
#[path = "../../../store/tests/support/database.rs"]
mod database;
mod link;
mod partition;
mod process;
mod proxy;
mod recording;
mod reload;
mod replica;
mod right;
mod several;
mod task;
