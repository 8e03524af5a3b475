use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::Args;
use deskledger_contract::{RecordList, marker_from_text};
use deskledger_domain::{Action, Clock, ListQuery, Page, Parameter, ProjectScope};
use deskledger_identity::url::encode;
use deskledger_settings::Settings;
use deskledger_store::{RecordStore, Use};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::database::open_existing;
use crate::failure::{EXIT_CODES, Failure};
use crate::filter::{Filter, Pairs};
use crate::format::mistake;
use crate::lines::Lines;
use crate::output::notify;
use crate::service::{Client, Repeat, Service, query};
use crate::table::Table;
use crate::tenant;
use crate::text::{json_line, visible};
use crate::value::{self, duration, local};

#[derive(Debug, Args)]
#[command(after_long_help = EXIT_CODES)]
pub(crate) struct List {
    /// The project whose records are listed.
    #[arg(long, value_name = "ID")]
    project: String,

    /// The most records that are listed, up to 1000.
    #[arg(long, value_name = "NUMBER", default_value_t = Page::DEFAULT_LIMIT)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(Page::MAX_LIMIT)))]
    limit: u32,

    /// Go on after this marker, which the list before ended with.
    #[arg(long, value_name = "MARKER")]
    marker: Option<String>,

    /// List all that match, page after page. With --json each record is a line of its own.
    #[arg(long, conflicts_with = "limit")]
    all: bool,

    /// Leave out how many match, which can take long where a filter is in no index.
    #[arg(long)]
    no_count: bool,

    /// The zone in which times are shown, and in which a date alone begins, by its IANA name, such as Asia/Shanghai.
    #[arg(long, value_name = "ZONE", value_parser = value::zone, default_value = "UTC")]
    time_zone: Tz,

    /// Print what the service answers, one JSON object, instead of a table. Its times are in UTC.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    filter: Filter,

    #[command(flatten)]
    service: Service,
}

/// Where a list comes from.
enum Source {
    Database(Arc<dyn RecordStore>, ProjectScope),
    Service(Box<Client>, String),
}

/// What a service answers.
#[derive(Deserialize)]
struct Answer {
    total_count: Option<u64>,
    records: Vec<Box<RawValue>>,
    next_marker: Option<String>,
}

/// What of a record stands in the table.
#[derive(Deserialize)]
struct Row {
    connection_start_time: String,
    connection_setup_time: Option<String>,
    connection_end_time: Option<String>,
    connection_failure_reason: Option<String>,
    user_name: Option<String>,
    computer_name: Option<String>,
    terminal_ip: Option<String>,
    terminal_type: Option<String>,
}

impl List {
    /// Prints the list.
    pub(crate) fn run(
        &self,
        load: impl FnOnce() -> Result<Settings, Failure>,
    ) -> Result<(), Failure> {
        let now = Clock::system().now();
        let scope = tenant::scope(&self.project, Action::ListConnections)?;
        // What is wrong is said before anybody is asked. A marker is for those to read who gave it.
        let pairs = self.pairs(None, now);
        let pairs = pairs.iter().map(|(name, value)| (*name, value));
        ListQuery::from_pairs(pairs)
            .and_then(|query| query.into_request(scope.clone(), |_, _| None))
            .map_err(mistake)?;
        let source = match self.service.client()? {
            Some(client) => {
                let project = encode(scope.project_id().as_str());
                Source::Service(
                    Box::new(client),
                    format!("/v2/{project}/connections/desktops"),
                )
            }
            None => Source::Database(open_existing(&load()?, Use::Export)?, scope),
        };
        let mut lines = Lines::begin()?;
        self.print(&source, now, &mut lines)?;
        lines.flush()
    }

    fn print(&self, source: &Source, now: DateTime<Utc>, lines: &mut Lines) -> Result<(), Failure> {
        let mut table = Table::new([
            &format!("STARTED ({})", self.time_zone),
            "LASTED",
            "USER",
            "COMPUTER",
            "TERMINAL IP",
            "TERMINAL TYPE",
            "FAILURE",
        ]);
        let (mut listed, mut total) = (0, None);
        let mut marker = self.marker.clone();
        loop {
            let json = source.page(self.pairs(marker.as_deref(), now))?;
            if self.json && !self.all {
                return lines.print(json_line(&json));
            }
            let answer: Answer = source.read(&json)?;
            total = total.or(answer.total_count);
            listed += answer.records.len();
            if self.json {
                for record in &answer.records {
                    lines.print(json_line(record.get()))?;
                }
            } else {
                let rows: Result<Vec<_>, Failure> = (answer.records.iter())
                    .map(|record| Ok(self.row(source.read(record.get())?)))
                    .collect();
                table.print(&rows?, lines)?;
            }
            lines.flush()?;
            marker = answer.next_marker;
            if !self.all || marker.is_none() || !lines.is_wanted() {
                break;
            }
        }
        if !self.json {
            notify(summary(listed, total, marker.as_deref()));
        }
        Ok(())
    }

    fn row(&self, row: Row) -> [String; 7] {
        let lasted = match (&row.connection_setup_time, &row.connection_end_time) {
            (None, _) if row.connection_failure_reason.is_some() => "failed".to_owned(),
            (_, None) => "open".to_owned(),
            (None, Some(_)) => String::new(),
            (Some(setup), Some(end)) => duration(setup, end),
        };
        [
            local(&row.connection_start_time, self.time_zone),
            lasted,
            row.user_name.unwrap_or_default(),
            row.computer_name.unwrap_or_default(),
            row.terminal_ip.unwrap_or_default(),
            row.terminal_type.unwrap_or_default(),
            row.connection_failure_reason.unwrap_or_default(),
        ]
    }

    /// The parameters of the query for a page.
    fn pairs(&self, marker: Option<&str>, now: DateTime<Utc>) -> Pairs {
        let limit = if self.all {
            Page::MAX_LIMIT
        } else {
            self.limit
        };
        let others = [
            (Parameter::TimeZone, Some(self.time_zone.name().to_owned())),
            (Parameter::Limit, Some(limit.to_string())),
            (Parameter::Marker, marker.map(str::to_owned)),
            (Parameter::Count, self.no_count.then(|| "false".to_owned())),
        ];
        let others = others
            .into_iter()
            .filter_map(|(parameter, value)| Some((parameter.name(), value?)));
        let filter = self.filter.pairs(Some(self.time_zone), now);
        filter.chain(others).collect()
    }
}

impl Source {
    /// A page, as the service answers it.
    fn page(&self, pairs: Pairs) -> Result<String, Failure> {
        let (store, scope) = match self {
            Self::Service(client, path) => return client.get(&query(path, pairs), Repeat::Any),
            Self::Database(store, scope) => (store, scope),
        };
        let request = ListQuery::from_pairs(pairs)
            .and_then(|query| query.into_request(scope.clone(), marker_from_text))
            .map_err(mistake)?;
        let page = store
            .page(&request.filter, &request.page)
            .map_err(Failure::new)?;
        let (total, next) = (page.total, page.next);
        let list = RecordList::new(scope.project_id(), total, page.records, next.as_ref());
        serde_json::to_string(&list).map_err(Failure::new)
    }

    fn read<'a, T: Deserialize<'a>>(&self, json: &'a str) -> Result<T, Failure> {
        match self {
            Self::Service(client, _) => client.read(json),
            Self::Database(..) => serde_json::from_str(json).map_err(Failure::new),
        }
    }
}

/// How many there are, and how to go on.
fn summary(listed: usize, total: Option<u64>, marker: Option<&str>) -> String {
    let listed = match total {
        Some(total) => format!("{listed} of {total} records that match"),
        None => format!("{listed} records"),
    };
    let Some(marker) = marker.map(visible) else {
        return listed;
    };
    format!("{listed}; the next: --marker {marker}, or all of them: --all")
}
