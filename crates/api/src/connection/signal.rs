//! How the system asks the process to stop.

/// How a stop was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// What runs may go on for a while.
    Gracefully,
    /// At once.
    AtOnce,
}

/// Waits until the process is asked to stop: SIGTERM asks for a graceful stop, SIGINT and SIGQUIT for one at once.
#[cfg(unix)]
pub(crate) async fn stop_requested() -> std::io::Result<Stop> {
    use actix_web::rt::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    Ok(tokio::select! {
        _ = terminate.recv() => Stop::Gracefully,
        _ = interrupt.recv() => Stop::AtOnce,
        _ = quit.recv() => Stop::AtOnce,
    })
}

/// Waits until the process is asked to stop by Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn stop_requested() -> std::io::Result<Stop> {
    actix_web::rt::signal::ctrl_c().await?;
    Ok(Stop::AtOnce)
}
