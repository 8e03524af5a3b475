use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::rt::{self, System};
use clap::Args;
use deskledger_api::{Application, StopHandle, open_store};
use deskledger_domain::{Clock, ConnectionEvent, ConnectionRecord, ProjectId};
use deskledger_generator::{Generator, GeneratorSettings};
use deskledger_identity::SealingKey;
use deskledger_settings::{SealingKeySettings, Settings, TokenSettings};
use tempfile::TempDir;

use crate::failure::Failure;
use crate::interrupt::{self, Leftover};
use crate::output::{notify, print_line};
use crate::value;

/// The project and the token of the demonstration.
const PROJECT: &str = "demo";
const TOKEN: &str = "demo";

/// The SHA-256 of [`TOKEN`].
const TOKEN_SHA256: &str = "2a97516c354b68848cdbd8f54a226a0a55b21ed138e207ad6c5cbb9c00aa5aea";

/// How many days back the records reach.
const DAYS: u32 = 30;

/// How long the demonstration may take to get ready.
const MAX_START: Duration = Duration::from_secs(60);

/// How many records are written at once.
const BATCH: usize = 10_000;

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The address to listen on. Only one of this machine: anybody knows the token of the demonstration.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = value::address)]
    listen: SocketAddr,

    /// How many records to make.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = value::count, allow_negative_numbers = true)]
    records: u64,
}

impl Demo {
    /// Fills a temporary database and serves it. The database is removed at the end.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        if !self.listen.ip().is_loopback() {
            return Err(Failure::usage(format!(
                "the demonstration listens on this machine alone, and {} is open to others: anybody \
                 knows its token. Use `deskledger serve` with tokens of your own",
                self.listen.ip()
            )));
        }
        let running: Arc<OnceLock<StopHandle>> = Arc::default();
        let service = Arc::clone(&running);
        // At most signals the service ends by itself, but not before it listens for them.
        interrupt::watch(move |_| {
            if let Some(service) = service.get().cloned() {
                rt::spawn(async move { service.stop(false).await });
            }
        })
        .map_err(Failure::new)?;
        let make = || {
            tempfile::Builder::new()
                .prefix("deskledger-demo-")
                .tempdir()
        };
        let (folder, _leftover) = Leftover::make(make, TempDir::path).map_err(Failure::new)?;
        let settings = self.settings(folder.path())?;
        System::new().block_on(async {
            // This comes first, so that a port in use is reported at once.
            let application = Application::build(&settings).map_err(Failure::new)?;
            self.fill(&settings)?;
            let ready = application.readiness().wait(MAX_START);
            ready.map_err(Failure::text)?;
            // Where nobody reads the greeting, the service is still there.
            if let Err(failure) = self.greet(application.address()) {
                notify(failure);
            }
            // The log begins after the greeting, which is what somebody looks for. Until here it would say nothing but what a
            // demonstration always does; what does not work ends it.
            deskledger_telemetry::start(&settings.logging.level, settings.logging.format);
            let _ = running.set(application.stop_handle());
            // Who asked before that was not heard by the service.
            if interrupt::is_asked_to_end() {
                return Ok(());
            }
            application.run_until_stopped().await.map_err(Failure::new)
        })
    }

    fn settings(&self, folder: &Path) -> Result<Settings, Failure> {
        let mut settings = Settings::defaults().map_err(Failure::new)?;
        settings.server.listen = self.listen;
        settings.server.shutdown_seconds = 1;
        settings.database.url = format!("sqlite://{}", folder.join("demo.sqlite3").display());
        settings.identity.tokens = vec![TokenSettings {
            sha256: TOKEN_SHA256.to_owned(),
            user: "demo".to_owned(),
            project_id: PROJECT.to_owned(),
            roles: vec!["te_admin".to_owned()],
        }];
        // Sessions end with the demonstration, so nobody needs the key again.
        settings.identity.sealing_keys = vec![SealingKeySettings {
            id: "demo".to_owned(),
            key: Some(SealingKey::random_text().map_err(Failure::new)?),
            key_file: None,
        }];
        Ok(settings)
    }

    fn fill(&self, settings: &Settings) -> Result<(), Failure> {
        let store = open_store(settings).map_err(Failure::new)?;
        let project = ProjectId::new(PROJECT).map_err(Failure::new)?;
        let mut generator = Generator::new(GeneratorSettings {
            records: self.records,
            seed: 1,
            until: Clock::system().now(),
            days: DAYS,
        });
        loop {
            let batch = generator
                .by_ref()
                .take(BATCH)
                .map(|fields| {
                    ConnectionRecord::new(project.clone(), fields).map(ConnectionEvent::from)
                })
                .collect::<Result<Vec<_>, _>>()
                .map_err(Failure::new)?;
            if batch.is_empty() || interrupt::is_asked_to_end() {
                return Ok(());
            }
            store.write(&batch).map_err(Failure::new)?;
        }
    }

    fn greet(&self, address: SocketAddr) -> Result<(), Failure> {
        let line = |output: &str, query: &str| {
            format!(
                "  curl -f -H 'X-Auth-Token: {TOKEN}' -o {output} \
                 'http://{address}/v2/{PROJECT}/connections/desktops/export{query}'"
            )
        };
        print_line(format_args!(
            "Open http://{address}/#token={TOKEN} and sign in with one click (the token is {TOKEN}).\n\
             The API is shown at http://{address}/explorer\n\n\
             deskledger holds {} connection records of the last {DAYS} days. Download them as a workbook:\n\n\
             {}\n\nor in Chinese, with the times of Shanghai:\n\n{}\n\nCtrl-C ends the demonstration and deletes its database.\n",
            self.records,
            line("connections.xlsx", ""),
            line(
                "connections-zh.xlsx",
                "?language=zh_CN&time_zone=Asia/Shanghai"
            ),
        ))
    }
}
