use clap::{Args, Subcommand};
use deskledger_domain::ProjectId;
use deskledger_identity::{TokenHash, generate_token};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::{notify, print_line};
use crate::text::json_line;

#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a random token of 256 bits, and print it with the block of the settings that lets the service know it. The block holds
    /// its SHA-256 alone, and the token is not shown again.
    New(New),
}

#[derive(Debug, Args)]
struct New {
    /// The one project that the token is for.
    #[arg(long, value_name = "ID")]
    project: String,

    /// The user that the token stands for, as the log and the audit name the caller.
    #[arg(long, value_name = "NAME")]
    user: String,

    /// A role of that user in the project; once for each. What a role may do is a setting.
    #[arg(long = "role", value_name = "NAME", required = true)]
    roles: Vec<String>,

    /// Print one JSON object with token, sha256, user, project_id, roles, and the block of the settings.
    #[arg(long)]
    json: bool,
}

impl Token {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let Command::New(new) = &self.command;
        new.run()
    }
}

impl New {
    fn run(&self) -> Result<(), Failure> {
        let project = ProjectId::new(&self.project)
            .map_err(|error| Failure::usage(format!("--project: {error}")))?;
        let is_empty = |name: &str| name.is_empty() || name.contains('\n');
        if is_empty(&self.user) || self.roles.iter().any(|role| is_empty(role)) {
            return Err(Failure::usage(
                "the name of a user or a role is empty or holds a line feed",
            ));
        }
        let token = generate_token().map_err(Failure::new)?;
        let token = token.expose_secret();
        let sha256 = TokenHash::of(token.as_bytes()).to_hex();
        // A text of JSON in one line is a basic string of TOML.
        let quoted = |value: Value| json_line(&value.to_string()).into_owned();
        let settings = format!(
            "[[identity.tokens]]\nsha256 = \"{sha256}\"\nuser = {}\nproject_id = {}\nroles = {}\n",
            quoted(json!(self.user)),
            quoted(json!(project.as_str())),
            quoted(json!(self.roles)),
        );
        if self.json {
            let object = json!({
                "token": token,
                "sha256": sha256,
                "user": self.user,
                "project_id": project.as_str(),
                "roles": self.roles,
                "settings": settings,
            });
            print_line(json_line(&object.to_string()))?;
        } else {
            print_line(format_args!("DESKLEDGER_TOKEN={token}\n\n{settings}"))?;
        }
        notify(
            "the token is not shown again; put the block into the settings of the service, which takes it over at SIGHUP",
        );
        Ok(())
    }
}
