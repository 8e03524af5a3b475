use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use deskledger_telemetry::LogFormat;
use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{IamSettings, OidcSettings};

/// Listening, and time-outs of connections.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// The address and port to listen on. Port 0 takes any free one.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// Threads that serve connections. 0: one for each core.
    pub workers: usize,
    /// How long a client may take to send the head of a request, in seconds.
    pub request_timeout_seconds: u64,
    /// How long an idle connection is kept, in seconds.
    pub keep_alive_seconds: u64,
    /// How long running exports may go on after the service was asked to stop, in seconds.
    pub shutdown_seconds: u64,
    /// Another address and port, where `/health/live`, `/health/ready` and `/metrics` alone are answered.
    #[serde(default, deserialize_with = "some_address")]
    pub admin_listen: Option<SocketAddr>,
    /// Whether other processes may listen on the same address and port, so that one can take over from another.
    pub reuse_port: bool,
    /// Connections that may be open at once. 0: as many as the limit of descriptors allows.
    pub connections: usize,
    /// Connections of one address that may be open at once.
    pub connections_per_peer: usize,
    /// Connections that may be open at once without that a request with valid credentials has run on them.
    pub unauthenticated_connections: usize,
    /// Addresses or networks of proxies whose headers `X-Forwarded-For` and `Forwarded` are believed.
    pub trusted_proxies: Vec<String>,
    /// Whether `/explorer` shows a page for people to look at the API and try it.
    pub explorer: bool,
    /// Where browsers reach the service: `https://ledger.example.com`. Empty: at the host that they name.
    pub public_url: String,
}

/// Where the records are.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `sqlite://PATH` or `postgres://…`. It may hold a password.
    pub url: String,
    /// A replica of it, from which records are read. Empty: none. It may hold a password.
    pub read_url: String,
    /// How far the replica may be behind, in seconds.
    pub max_replica_lag_seconds: u64,
    /// Whether to bring the schema up to date at start.
    pub auto_migrate: bool,
    /// How long `deskledger migrate` waits for another process that migrates, in seconds.
    pub migration_lock_seconds: u64,
    /// How long to wait for a connection, in seconds.
    pub connection_timeout_seconds: u64,
    /// How long the query of one export may run, in seconds. 0: as long as it takes.
    pub statement_timeout_seconds: u64,
    /// How long one query of a list, or of users online, may run, in seconds. 0: as long as it takes.
    pub query_timeout_seconds: u64,
    /// Whether audits are written, and what is too old is deleted, where a PostgreSQL database asks that nothing be written.
    pub override_read_only: bool,
    /// How long one statement that writes may run, in seconds. 0: as long as it takes.
    pub write_timeout_seconds: u64,
    /// How long PostgreSQL may be silent before it is asked whether it works, in seconds.
    pub silence_seconds: u64,
    /// The name under which PostgreSQL shows our connections.
    pub application_name: String,
}

impl fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("auto_migrate", &self.auto_migrate)
            .field("application_name", &self.application_name)
            .finish_non_exhaustive()
    }
}

/// Who may ask.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentitySettings {
    /// Tokens that are known by their hash.
    pub tokens: Vec<TokenSettings>,
    /// The service that knows all other tokens.
    pub iam: IamSettings,
    /// The provider by which people sign in.
    pub oidc: OidcSettings,
    /// Access keys that requests are signed with.
    pub access_keys: Vec<AccessKeySettings>,
    /// The keys that the secrets of access keys, and sessions, are sealed with in the database: the first seals, all open. None:
    /// the access keys of the database are not used, and nobody can sign in.
    pub sealing_keys: Vec<SealingKeySettings>,
    /// How old what is known of the access keys in the database may be, in seconds.
    pub access_key_cache_seconds: u64,
}

/// A token, and whom it stands for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSettings {
    /// The SHA-256 of the token, in hexadecimal. The token itself is not kept.
    pub sha256: String,
    /// The user it stands for.
    pub user: String,
    /// The project it is for.
    pub project_id: String,
    /// The user's roles in that project.
    pub roles: Vec<String>,
}

/// An access key, and whom it stands for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKeySettings {
    /// The identifier of the key, which a request names.
    pub id: String,
    /// What requests are signed with. It is never shown.
    pub secret: SecretString,
    /// The user it stands for.
    pub user: String,
    /// The project it is for.
    pub project_id: String,
    /// The user's roles in that project.
    pub roles: Vec<String>,
}

/// Who may do what.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessSettings {
    /// The names of the actions that each role may do.
    pub roles: BTreeMap<String, Vec<String>>,
    /// How the reasons of denials are sealed.
    pub messages: MessageSettings,
}

/// How the reasons of denials are sealed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageSettings {
    /// The keys: the first seals, all open. None: one that lives as long as the process.
    pub keys: Vec<SealingKeySettings>,
}

/// A key that seals and opens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealingKeySettings {
    /// The name of the key, which stands in what was sealed with it.
    pub id: String,
    /// The key itself, in base64. Either this or `key_file`. It is never shown.
    pub key: Option<SecretString>,
    /// A file that holds the key, in base64.
    pub key_file: Option<PathBuf>,
}

/// The page on which people look at connection records.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleSettings {
    /// Whether it is there, at `/console/`.
    pub enabled: bool,
}

/// What the metrics say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsSettings {
    /// Whether what runs and waits is counted by project, with the project's identifier as a label.
    pub project_labels: bool,
}

/// What is audited besides exports, downloads and deletions, which always are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditSettings {
    /// Which pages of the list of records.
    pub lists: AuditedLists,
}

/// Which pages of the list of records are audited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum AuditedLists {
    /// None.
    Off,
    /// Those of a user who reads more than 1,000 records of one filter, as one audit.
    Sweeps,
    /// Each.
    All,
}

impl TryFrom<String> for AuditedLists {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match name.as_str() {
            "off" => Ok(Self::Off),
            "sweeps" => Ok(Self::Sweeps),
            "all" => Ok(Self::All),
            _ => Err(format!("must be off, sweeps or all, and is {name:?}")),
        }
    }
}

/// What is logged, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggingSettings {
    /// For people or for machines.
    #[serde(deserialize_with = "log_format")]
    pub format: LogFormat,
    /// A filter, by level and module: `info,deskledger_api=debug`.
    pub level: String,
}

fn log_format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LogFormat, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        name => {
            let message = format!("must be text or json, and is {name:?}");
            Err(D::Error::custom(message))
        }
    }
}

fn some_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SocketAddr>, D::Error> {
    address(deserializer).map(Some)
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        let message =
            format!("must be an IP address and a port, such as 127.0.0.1:8080, and is {text:?}");
        D::Error::custom(message)
    })
}
