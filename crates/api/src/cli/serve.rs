use actix_web::rt::System;
use deskledger_api::{Application, Listeners, Settings};

use super::failure::Failure;

/// Runs the service until the process is told to stop.
pub(super) fn run(settings: &Settings) -> Result<(), Failure> {
    for notice in settings.notices() {
        tracing::warn!("{notice}");
    }
    System::new().block_on(async {
        let listeners = Listeners::handed_over().map_err(Failure::new)?;
        let application = Application::build_on(settings, listeners).map_err(Failure::new)?;
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
