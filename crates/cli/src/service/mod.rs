//! A running service that is asked instead of the database.

mod address;
mod answer;
mod client;
mod token;
mod transfer;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use deskledger_identity::roots_of_pem;
use secrecy::SecretString;
use ureq::tls::RootCerts;

pub(crate) use self::client::{Client, Repeat, query};

use self::address::Address;
use crate::failure::Failure;

/// How a running service is asked instead of the database.
#[derive(Debug, Args)]
#[command(next_help_heading = "Asking a running service instead of the database")]
pub(crate) struct Service {
    /// The address of a running service, such as `https://ledger.example.com`, which is asked instead of the database. It decides by
    /// its own policy what the token may do, and audits it.
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// A file that holds the token; - is standard input. Without this option and --token it is the value of the environment
    /// variable DESKLEDGER_TOKEN.
    #[arg(long, value_name = "FILE", requires = "url", conflicts_with = "token")]
    token_file: Option<PathBuf>,

    /// The token itself; - reads it from standard input. Other users of this machine can see the command line while the command
    /// runs, and a shell keeps it: prefer --token-file or DESKLEDGER_TOKEN.
    #[arg(long, value_name = "TOKEN", requires = "url")]
    token: Option<SecretString>,

    /// A file of certificates (PEM) that the certificate of the service must come from, instead of those of the public authorities.
    #[arg(long, value_name = "FILE", requires = "url")]
    ca_file: Option<PathBuf>,

    /// Send the token without encryption to another machine, where everybody on the way can read it.
    #[arg(long, requires = "url")]
    insecure_http: bool,

    /// Fail at once where the service asks to try again later (429, 503). Otherwise the command waits as long as the service says,
    /// at most five times and two minutes each.
    #[arg(long, requires = "url")]
    no_retry: bool,

    /// How long the service may be silent, in seconds, from 1 to 86400.
    #[arg(long, value_name = "SECONDS", requires = "url", default_value_t = 300)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=86_400))]
    silence: u32,
}

impl Service {
    /// What asks the service; `None` where the database is to be used.
    ///
    /// # Errors
    /// When the address, the token or the file of certificates cannot be used.
    pub(crate) fn client(&self) -> Result<Option<Client>, Failure> {
        let Some(url) = &self.url else {
            return Ok(None);
        };
        let address = Address::new(url)?;
        if address.is_in_the_clear() && !self.insecure_http {
            return Err(Failure::usage(format!(
                "--url: {url} is not encrypted and on another machine: everybody on the way could read the token and the \
                 records; use https://, or give --insecure-http"
            )));
        }
        let token = token::read(self.token.as_ref(), self.token_file.as_deref())?;
        let roots = self.roots()?;
        let silence = Duration::from_secs(self.silence.into());
        let client = Client::new(address, token, roots, silence, !self.no_retry);
        Ok(Some(client))
    }

    fn roots(&self) -> Result<RootCerts, Failure> {
        let Some(file) = &self.ca_file else {
            return Ok(RootCerts::WebPki);
        };
        let pem = std::fs::read(file)
            .map_err(|error| Failure::path("--ca-file: cannot read", file, &error))?;
        roots_of_pem(&pem)
            .map_err(|error| Failure::usage(format!("--ca-file: {}: {error}", file.display())))
    }
}
