//! Connections: how many there may be, how long each may wait, and who is cut when there are too many.
//!
//! The server reads and writes through a [`GuardedStream`], which notes what its connection waits for and can be cut from
//! any thread by its [`ConnectionControl`]. [`Connections`] knows all of them: it admits new ones, and a thread looks at
//! them a few times a second and cuts those that let the service wait for too long. So no connection holds a timer or a
//! second descriptor. The decision is 0032.

mod control;
mod descriptor;
mod metrics;
mod peer;
mod refusal;
mod registry;
mod request;
mod room;
mod server;
mod signal;
mod stream;
#[cfg(test)]
mod tests;
mod transfer;
mod watch;

pub(crate) use control::{ConnectionControl, CutReason};
pub(crate) use descriptor::raise_descriptor_limit;
pub(crate) use metrics::ConnectionMetrics;
pub(crate) use peer::Proxies;
pub(crate) use registry::{ConnectionLimits, Connections};
pub(crate) use request::RunningRequest;
pub(crate) use server::{HttpLimits, listen_on};
pub(crate) use signal::{Stop, stop_requested};
pub(crate) use transfer::{TransferGuard, Wanted};
