//! Everything about a request, whatever it asks for: its head, its path and query, its body, and how its answer leaves.

pub(crate) mod answer;
pub(crate) mod body;
pub(crate) mod coding;
pub(crate) mod constant;
pub(crate) mod delivery;
pub(crate) mod header;
pub(crate) mod limits;
pub(crate) mod no_store;
pub(crate) mod query;
pub(crate) mod received;
pub(crate) mod request;
pub(crate) mod request_id;
pub(crate) mod shown_path;
