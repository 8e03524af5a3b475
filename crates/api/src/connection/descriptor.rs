//! How many files and sockets the process may have open.

/// Raises the number of descriptors that the process may have to the most that the system allows it, and returns that;
/// `None` where there is no such number.
#[cfg(unix)]
pub(crate) fn raise_descriptor_limit() -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::debug!(%error, "the limit of descriptors stays as it is");
        }
    }
    let descriptors = getrlimit(Resource::Nofile).current?;
    Some(usize::try_from(descriptors).unwrap_or(usize::MAX))
}

/// Elsewhere nothing limits descriptors alone.
#[cfg(not(unix))]
pub(crate) fn raise_descriptor_limit() -> Option<usize> {
    None
}
