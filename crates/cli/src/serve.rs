use std::io;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::thread::{self, JoinHandle};
#[cfg(unix)]
use std::time::{Duration, Instant};

use actix_web::rt::System;
#[cfg(unix)]
use actix_web::rt::time::sleep;
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

/// How long the settings may take to be read again. A file of the network, or a pipe, may never answer.
#[cfg(unix)]
const RELOAD: Duration = Duration::from_secs(10);

/// How often it is looked whether they were read.
#[cfg(unix)]
const LOOK: Duration = Duration::from_millis(20);

/// How many readers that never came back there may be.
#[cfg(unix)]
const STUCK: usize = 8;

/// Reads the settings again at each SIGHUP, from where they came from.
#[cfg(unix)]
fn reload_on(mut hangups: Hangups, reloader: Reloader, file: Option<&Path>) {
    let file = file.map(PathBuf::from);
    actix_web::rt::spawn(async move {
        let mut readers: Vec<JoinHandle<()>> = Vec::new();
        while hangups.recv().await.is_some() {
            readers.retain(|reader| !reader.is_finished());
            if readers.len() >= STUCK {
                reloader.give_up("earlier reloads still read their files");
                continue;
            }
            let (of_reader, file) = (reloader.clone(), file.clone());
            // A thread of its own: the end of the process waits for none of those.
            let reader = thread::Builder::new()
                .name("reload".to_owned())
                .spawn(move || {
                    // What failed stands in the log.
                    let _ = of_reader.reload(|| Settings::load_again(file.as_deref()));
                });
            let reader = match reader {
                Ok(reader) => reader,
                Err(error) => {
                    reloader.give_up(&error.to_string());
                    continue;
                }
            };
            let begun = Instant::now();
            while !reader.is_finished() && begun.elapsed() < RELOAD {
                sleep(LOOK).await;
            }
            if !reader.is_finished() {
                reloader.give_up("a file of the settings could not be read in time");
                readers.push(reader);
            }
        }
    });
}

#[cfg(not(unix))]
fn reload_on((): Hangups, _: Reloader, _: Option<&Path>) {}
