//! Who may do what, and why.

mod action;
mod denial;
mod policy;
mod principal;

pub use action::{Action, UnknownAction};
pub use denial::Denial;
pub use policy::{Grant, Policy, ProjectScope};
pub use principal::Principal;
