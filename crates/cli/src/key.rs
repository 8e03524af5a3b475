use clap::{Args, Subcommand};
use deskledger_domain::{Clock, Principal, ProjectId, format_time};
use deskledger_identity::GeneratedAccessKey;
use deskledger_settings::Settings;
use deskledger_store::{AccessKeyState, NewAccessKey, Revocation, StoredAccessKey, Use};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::database::open_existing;
use crate::failure::Failure;
use crate::output::{notify, print_line};
use crate::text::json_line;

#[derive(Debug, Args)]
pub(crate) struct Key {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make an access key and print it, with its secret, as variables that the vendor's SDKs read. The secret is not
    /// shown again.
    Create(Create),
    /// List the access keys, the revoked ones included, without their secrets.
    List(List),
    /// Revoke an access key, for good.
    Revoke(Revoke),
}

#[derive(Debug, Args)]
struct Create {
    /// The one project that the key is for.
    #[arg(long, value_name = "ID")]
    project: String,

    /// The user that the key stands for, as the log names the caller.
    #[arg(long, value_name = "NAME")]
    user: String,

    /// A role of that user in the project; once for each. What a role may do is a setting.
    #[arg(long = "role", value_name = "NAME", required = true)]
    roles: Vec<String>,
}

#[derive(Debug, Args)]
struct List {
    /// Print one JSON object in place of the lines.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Revoke {
    /// The identifier of the key.
    id: String,
}

impl Key {
    pub(crate) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        match &self.command {
            Command::Create(create) => create.run(settings),
            Command::List(list) => list.run(settings),
            Command::Revoke(revoke) => revoke.run(settings),
        }
    }
}

impl Create {
    fn run(&self, settings: &Settings) -> Result<(), Failure> {
        let sealer = settings.identity.secret_sealer();
        let sealer = sealer.map_err(|error| Failure::new(settings.located(error)))?;
        let sealer = sealer.ok_or_else(|| {
            Failure::usage(
                "there is no key to seal the secret with: set identity.sealing_keys, here and for the service \
                 (`openssl rand -base64 32` makes one)",
            )
        })?;
        let project = ProjectId::new(&self.project).map_err(Failure::new)?;
        if self
            .roles
            .iter()
            .any(|role| role.is_empty() || role.contains('\n'))
        {
            return Err(Failure::usage(
                "the name of a role is empty or holds a line feed",
            ));
        }
        let principal = Principal::new(&self.user, project, &self.roles);
        let key = GeneratedAccessKey::generate().map_err(Failure::new)?;
        let sealed_secret = sealer
            .seal(&key.id, &principal, &key.secret)
            .map_err(Failure::new)?;
        let store = open_existing(settings, Use::ChangeKeys)?;
        store
            .access_keys()
            .add(&NewAccessKey {
                id: &key.id,
                principal: &principal,
                sealed_secret: &sealed_secret,
                created_at: Clock::system().now(),
            })
            .map_err(Failure::new)?;
        let (id, secret) = (&key.id, key.secret.expose_secret());
        print_line(format_args!(
            "HUAWEICLOUD_SDK_AK={id}\nHUAWEICLOUD_SDK_SK={secret}"
        ))
        .map_err(|failure| {
            failure.and(format_args!(
                "the key {id} exists, and its secret is lost: revoke it with `deskledger key revoke {id}`"
            ))
        })?;
        notify("the secret (SK) is not shown again");
        Ok(())
    }
}

impl List {
    fn run(&self, settings: &Settings) -> Result<(), Failure> {
        let store = open_existing(settings, Use::Keys)?;
        let keys = store.access_keys().list().map_err(Failure::new)?;
        if self.json {
            let keys: Vec<_> = keys.iter().map(object).collect();
            let list = json!({ "access_keys": keys }).to_string();
            return print_line(json_line(&list));
        }
        for key in &keys {
            print_line(line(key))?;
        }
        if keys.is_empty() {
            notify("there are no access keys in the database");
        }
        Ok(())
    }
}

fn object(key: &StoredAccessKey) -> Value {
    let revoked_at = match &key.state {
        AccessKeyState::Active { .. } => None,
        AccessKeyState::Revoked { at } => Some(format_time(*at)),
    };
    json!({
        "id": key.id,
        "created_at": format_time(key.created_at),
        "revoked_at": revoked_at,
        "user": key.principal.user(),
        "project_id": key.principal.project_id().as_str(),
        "roles": key.principal.roles().collect::<Vec<_>>(),
    })
}

/// A key with tabs between its fields. What a person typed is quoted, so that it adds no field.
fn line(key: &StoredAccessKey) -> String {
    let state = match &key.state {
        AccessKeyState::Active { .. } => "active".to_owned(),
        AccessKeyState::Revoked { at } => format!("revoked {}", at.format("%FT%TZ")),
    };
    let roles: Vec<_> = key.principal.roles().collect();
    format!(
        "{}\tcreated {}\t{state}\tuser {:?}\tproject {:?}\troles {roles:?}",
        key.id,
        key.created_at.format("%FT%TZ"),
        key.principal.user(),
        key.principal.project_id().as_str(),
    )
}

impl Revoke {
    fn run(&self, settings: &Settings) -> Result<(), Failure> {
        let store = open_existing(settings, Use::ChangeKeys)?;
        let now = Clock::system().now();
        let revocation = store
            .access_keys()
            .revoke(&self.id, now)
            .map_err(Failure::new)?;
        match revocation {
            Revocation::Revoked => notify(format_args!(
                "revoked: running services refuse it within {} seconds",
                settings.identity.access_key_cache_seconds
            )),
            Revocation::AlreadyRevoked => notify("it was revoked before"),
            Revocation::Unknown => {
                return Err(Failure::text(format!(
                    "there is no access key {:?} in the database",
                    self.id
                )));
            }
        }
        Ok(())
    }
}
