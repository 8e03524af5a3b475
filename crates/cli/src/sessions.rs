use std::sync::Arc;

use chrono_tz::Tz;
use clap::{Args, Subcommand};
use deskledger_domain::{Action, Clock, ProjectScope, SessionId, format_time};
use deskledger_identity::url::encode;
use deskledger_settings::Settings;
use deskledger_store::{Alive, ListedSession, SessionStore};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::database::open_all;
use crate::failure::{EXIT_CODES, Failure};
use crate::lines::Lines;
use crate::output::{notify, print_line};
use crate::service::{Client, Repeat, Service};
use crate::table::Table;
use crate::tenant;
use crate::text::{json_line, visible};
use crate::value::{self, cell, local};

/// The most sessions that are listed, as by the service.
const MOST: u32 = 1000;

#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub(crate) struct Sessions {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List who is signed in and may act in a project: at most 1000 sessions, the newest first. A service lists the caller's own,
    /// and those of all users for administrators.
    #[command(after_long_help = EXIT_CODES)]
    List(List),
    /// End a session: the user has to sign in again in that browser.
    #[command(after_long_help = EXIT_CODES)]
    End(End),
}

#[derive(Debug, Args)]
struct List {
    /// The project in which they may act.
    #[arg(long, value_name = "ID")]
    project: String,

    /// The zone in which times are shown, by its IANA name, such as Asia/Shanghai.
    #[arg(long, value_name = "ZONE", value_parser = value::zone, default_value = "UTC")]
    time_zone: Tz,

    /// Print what the service answers, one JSON object, instead of a table. Its times are in UTC.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    service: Service,
}

#[derive(Debug, Args)]
struct End {
    /// The identifier of the session, as it is listed.
    id: String,

    /// A project in which it may act.
    #[arg(long, value_name = "ID")]
    project: String,

    #[command(flatten)]
    service: Service,
}

/// What a service answers.
#[derive(Deserialize)]
struct Answer {
    sessions: Vec<Value>,
}

/// A list of the database, as the service would answer it.
#[derive(Serialize)]
struct SessionList {
    sessions: Vec<SessionLine>,
}

/// A session of the database, as the service would answer it.
#[derive(Serialize)]
struct SessionLine {
    id: String,
    user: String,
    way: &'static str,
    is_current: bool,
    address: Option<String>,
    user_agent: Option<String>,
    signed_in_at: String,
    last_used_at: String,
    ends_at: String,
}

impl From<ListedSession> for SessionLine {
    fn from(session: ListedSession) -> Self {
        let about = session.about;
        Self {
            id: about.id.to_string(),
            user: about.user,
            way: about.way.name(),
            is_current: false,
            address: about.address,
            user_agent: about.user_agent,
            signed_in_at: format_time(about.created_at),
            last_used_at: format_time(session.last_used_at),
            ends_at: format_time(about.ends_at),
        }
    }
}

/// Where sessions are looked for.
enum Source {
    Database(Arc<dyn SessionStore>, Alive),
    Service(Box<Client>),
}

impl Sessions {
    pub(crate) fn run(
        &self,
        load: impl FnOnce() -> Result<Settings, Failure>,
    ) -> Result<(), Failure> {
        match &self.command {
            Command::List(list) => list.run(load),
            Command::End(end) => end.run(load),
        }
    }
}

impl List {
    fn run(&self, load: impl FnOnce() -> Result<Settings, Failure>) -> Result<(), Failure> {
        let scope = tenant::scope(&self.project, Action::ListSessions)?;
        let source = Source::of(&self.service, load)?;
        let json = source.list(&scope)?;
        if self.json {
            return print_line(json_line(&json));
        }
        let answer: Answer = source.read(&json)?;
        let mut lines = Lines::begin()?;
        let mut table = Table::new([
            "SESSION".to_owned(),
            "USER".to_owned(),
            "WAY".to_owned(),
            format!("SIGNED IN ({})", self.time_zone),
            "LAST USED".to_owned(),
            "ENDS".to_owned(),
            "ADDRESS".to_owned(),
            "BROWSER".to_owned(),
        ]);
        let rows: Vec<_> = (answer.sessions.iter())
            .map(|session| {
                let text = |name: &str| cell(&session[name]);
                let time = |name: &str| local(&text(name), self.time_zone);
                [
                    text("id"),
                    text("user"),
                    text("way"),
                    time("signed_in_at"),
                    time("last_used_at"),
                    time("ends_at"),
                    text("address"),
                    text("user_agent"),
                ]
            })
            .collect();
        table.print(&rows, &mut lines)?;
        lines.flush()?;
        notify(format_args!("{} sessions", rows.len()));
        Ok(())
    }
}

impl End {
    fn run(&self, load: impl FnOnce() -> Result<Settings, Failure>) -> Result<(), Failure> {
        let scope = tenant::scope(&self.project, Action::EndSessions)?;
        let id = SessionId::new(&self.id).map_err(|_| {
            Failure::usage(format!(
                "{:?} is not the identifier of a session, which has 1 to 64 letters, digits and hyphens",
                self.id
            ))
        })?;
        match Source::of(&self.service, load)? {
            Source::Service(client) => {
                let project = encode(scope.project_id().as_str());
                client.delete(&format!("/v2/{project}/sessions/{id}"))?;
            }
            Source::Database(sessions, _) => {
                let ended = sessions.end(&scope, &id, None).map_err(Failure::new)?;
                ended.ok_or_else(|| {
                    Failure::not_found(format!(
                        "the project {} has no session {id}",
                        visible(&self.project)
                    ))
                })?;
            }
        }
        notify(format_args!("ended: {id}"));
        Ok(())
    }
}

impl Source {
    fn of(
        service: &Service,
        load: impl FnOnce() -> Result<Settings, Failure>,
    ) -> Result<Self, Failure> {
        if let Some(client) = service.client()? {
            return Ok(Self::Service(Box::new(client)));
        }
        let settings = load()?;
        let alive = Alive {
            now: Clock::system().now(),
            idle: settings.sessions.idle(),
        };
        Ok(Self::Database(open_all(&settings)?.sessions(), alive))
    }

    /// A list of sessions, as the service answers it.
    fn list(&self, scope: &ProjectScope) -> Result<String, Failure> {
        match self {
            Self::Service(client) => {
                let project = encode(scope.project_id().as_str());
                client.get(&format!("/v2/{project}/sessions"), Repeat::Any)
            }
            Self::Database(sessions, alive) => {
                let listed = sessions.list(scope, None, *alive, MOST);
                let listed = listed.map_err(Failure::new)?;
                let sessions = listed.into_iter().map(SessionLine::from).collect();
                serde_json::to_string(&SessionList { sessions }).map_err(Failure::new)
            }
        }
    }

    fn read<'a, T: Deserialize<'a>>(&self, json: &'a str) -> Result<T, Failure> {
        match self {
            Self::Service(client) => client.read(json),
            Self::Database(..) => serde_json::from_str(json).map_err(Failure::new),
        }
    }
}
