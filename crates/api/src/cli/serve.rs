use actix_web::rt::System;
use deskledger_api::{Application, Settings};

use super::failure::Failure;

/// Runs the service until the process is told to stop.
pub(super) fn run(settings: &Settings) -> Result<(), Failure> {
    for notice in settings.notices() {
        tracing::warn!("{notice}");
    }
    System::new().block_on(async {
        let application = Application::build(settings).map_err(Failure::new)?;
        tracing::info!(address = %application.address(), "listening");
        application
            .run_until_stopped()
            .await
            .map_err(Failure::new)?;
        tracing::info!("stopped");
        Ok(())
    })
}
