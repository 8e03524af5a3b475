//! Export tasks: asked for, listed, downloaded, deleted.

pub(super) mod delete;
pub(super) mod download;
pub(super) mod list;
pub(super) mod start;

mod range;

#[cfg(feature = "fuzzing")]
pub(crate) use range::wanted_part;

use super::{asks_for_head, caller, export, head_only, route};
