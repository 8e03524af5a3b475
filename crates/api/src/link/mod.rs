//! Export links: made by somebody with credentials, followed once by a client without. See `docs/decisions/0119-export-links.md`.

mod request;
mod run;
mod service;

pub(crate) use request::LinkRequest;
pub(crate) use run::LinkRun;
pub(crate) use service::{LinkService, WantedLink};
