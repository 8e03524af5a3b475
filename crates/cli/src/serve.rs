use std::io;
use std::path::{Path, PathBuf};

use actix_web::rt::System;
use deskledger_api::{Application, Listeners, Reloader, log_start};
use deskledger_settings::Settings;

use crate::failure::Failure;

/// Runs the service until the process is asked to stop.
pub(crate) fn run(settings: &Settings, file: Option<&Path>) -> Result<(), Failure> {
    System::new().block_on(async {
        // Before anything else, so that SIGHUP ends no service that starts.
        let hangups = hangups().map_err(Failure::new)?;
        log_start(settings, file);
        let open = settings.files_open_to_all(file);
        for notice in settings.notices().into_iter().chain(open) {
            tracing::warn!("{notice}");
        }
        let listeners = Listeners::handed_over().map_err(Failure::new)?;
        let application = Application::build_on(settings, listeners).map_err(Failure::new)?;
        reload_on(hangups, application.reloader().clone(), file);
        tracing::info!(address = %application.address(), "listening");
        if let Some(address) = application.admin_address() {
            tracing::info!(%address, "listening for administrators");
        }
        application
            .run_until_stopped()
            .await
            .map_err(Failure::new)?;
        tracing::info!("stopped");
        Ok(())
    })
}

#[cfg(unix)]
type Hangups = actix_web::rt::signal::unix::Signal;
#[cfg(not(unix))]
type Hangups = ();

/// What hears SIGHUP, where there is such a thing.
#[cfg(unix)]
fn hangups() -> io::Result<Hangups> {
    use actix_web::rt::signal::unix::{SignalKind, signal};

    signal(SignalKind::hangup())
}

#[cfg(not(unix))]
fn hangups() -> io::Result<Hangups> {
    Ok(())
}

/// Reads the settings again at each SIGHUP, from where they came from.
#[cfg(unix)]
fn reload_on(mut hangups: Hangups, reloader: Reloader, file: Option<&Path>) {
    let file = file.map(PathBuf::from);
    actix_web::rt::spawn(async move {
        while hangups.recv().await.is_some() {
            let (reloader, file) = (reloader.clone(), file.clone());
            let reload = move || reloader.reload(|| Settings::load(file.as_deref()));
            // What failed stands in the log.
            let _ = actix_web::rt::task::spawn_blocking(reload).await;
        }
    });
}

#[cfg(not(unix))]
fn reload_on((): Hangups, _: Reloader, _: Option<&Path>) {}
