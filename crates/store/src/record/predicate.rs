//! What a filter asks of a row of `connection_records`, as one expression for both databases.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use deskledger_domain::ipnet::IpNet;
use deskledger_domain::{
    ActiveTime, AddressFilter, ConnectionState, ExportFilter, FailureFilter, MatchKey,
};
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType, Integer, Text};

use super::{Position, connection_records, key};
use crate::moment::{Micros, Moment};

/// What the databases say in different ways.
pub(crate) trait Dialect:
    Backend + HasSqlType<Text> + HasSqlType<Integer> + HasSqlType<Micros>
{
    /// What follows a pattern whose wildcards are escaped by a backslash.
    const ESCAPE: &str;
    /// What stands before and after a text whose bytes are counted.
    const BYTES: [&str; 2];
    /// A second, as a number of them is multiplied with it and compared with the difference of two times.
    const SECOND: &str;

    /// A time as a bound of a range.
    fn bound(time: DateTime<Utc>) -> DateTime<Utc>;

    /// That a column holds an address of a network, whose text is the value. Of any other text it is false, not an error.
    fn in_network<'f>(column: &'static str, network: &IpNet, value: Value<'f>) -> Vec<Token<'f>>;
}

/// Conditions that all hold of a row: what is written of them, one after the other.
#[derive(Debug)]
pub(crate) struct Predicates<'f>(Vec<Token<'f>>);

/// A part of a condition.
#[derive(Debug)]
pub(crate) enum Token<'f> {
    Sql(&'static str),
    Column(&'static str),
    /// A value, which has a name of its own.
    Value(&'static str, Value<'f>),
}

/// What a row is compared with.
#[derive(Debug)]
pub(crate) enum Value<'f> {
    Text(Cow<'f, str>),
    Time(Moment),
    Number(i32),
    /// An expression that stands for a value.
    Sql(String),
}

/// What a connection that failed is known by, and every other one.
pub(crate) const FAILED: &str =
    "(connection_setup_time IS NULL AND connection_failure_reason IS NOT NULL)";
const NOT_FAILED: &str = "(connection_setup_time IS NOT NULL OR connection_failure_reason IS NULL)";

impl<'f> Predicates<'f> {
    /// What a filter asks. The tenant comes first, as in every index; the range of time is half open.
    pub(crate) fn of<D: Dialect>(filter: &'f ExportFilter) -> Self {
        let mut all = Self(Vec::new());
        all.compare(
            "project_id",
            " = ",
            "project_id",
            text(filter.project_id().as_str()),
        );
        for (column, key) in [
            ("user_name_key", filter.user_name()),
            ("computer_name_key", filter.computer_name()),
            ("terminal_type_key", filter.terminal_type()),
        ] {
            all.compare_some(
                column,
                " = ",
                column,
                key.map(|key| owned(key::stored(key))),
            );
        }
        for (field, value) in filter.exact() {
            let column = field.parameter().name();
            all.compare(column, " = ", column, text(value));
        }
        for (field, addresses) in filter.addresses() {
            all.address::<D>(field.parameter().name(), addresses);
        }
        all.texts::<D>(filter);
        let (network, e2e) = (filter.network_rtt(), filter.e2e_rtt());
        for (column, operator, name, number) in [
            ("network_rtt", " >= ", "min_network_rtt", network.min()),
            ("network_rtt", " <= ", "max_network_rtt", network.max()),
            ("e2e_rtt", " >= ", "min_e2e_rtt", e2e.min()),
            ("e2e_rtt", " <= ", "max_e2e_rtt", e2e.max()),
        ] {
            all.compare_some(column, operator, name, number.map(Value::Number));
        }
        all.connection::<D>(filter);
        let bound =
            |time: Option<DateTime<Utc>>| time.map(|time| Value::Time(Moment(D::bound(time))));
        let range = filter.time();
        let start = "connection_start_time";
        all.compare_some(start, " >= ", "start_time", bound(range.start()));
        all.compare_some(start, " < ", "end_time", bound(range.end()));
        all
    }

    /// The same, from a position on, to which the filter is [`narrowed`](super::page::narrowed): of the records of the position's
    /// time, those that come from it on.
    pub(crate) fn from<D: Dialect>(mut self, position: &'f Position) -> Self {
        let start = Value::Time(Moment(D::bound(position.start_time)));
        self.and([
            Token::Sql("("),
            Token::Column("connection_start_time"),
            Token::Sql(" < "),
            Token::Value("position_time", start),
            Token::Sql(" OR "),
            Token::Column("transaction_id"),
            Token::Sql(if position.included { " <= " } else { " < " }),
            Token::Value("position_id", text(&position.transaction_id)),
            Token::Sql(")"),
        ]);
        self
    }

    /// What is asked of parts of texts.
    fn texts<D: Dialect>(&mut self, filter: &'f ExportFilter) {
        // No key that is stored as a part and its hash ends with a domain.
        if let Some(domain) = filter.domain() {
            self.like::<D>(
                "user_name_key",
                "domain_pattern",
                key::domain_pattern(domain),
            );
        }
        for (column, name, pattern) in [
            (
                "user_name_key",
                "user_name_pattern",
                filter.user_name_prefix().map(key::prefix_pattern),
            ),
            (
                "computer_name_key",
                "computer_name_pattern",
                filter.computer_name_prefix().map(key::prefix_pattern),
            ),
            (
                "terminal_type_key",
                "terminal_type_pattern",
                filter.part_of_terminal_type().map(key::holding_pattern),
            ),
        ] {
            let Some(pattern) = pattern else { continue };
            self.like::<D>(column, name, pattern);
            // A part and its hash are not looked into.
            let [before, after] = D::BYTES;
            self.and([
                Token::Sql(before),
                Token::Column(column),
                Token::Sql(after),
                Token::Sql(" <= "),
                Token::Sql(LONGEST_KEY),
            ]);
        }
    }

    /// What is asked of the course of the connection.
    fn connection<D: Dialect>(&mut self, filter: &'f ExportFilter) {
        match filter.state() {
            None => {}
            Some(ConnectionState::Failed) => self.and([Token::Sql(FAILED)]),
            Some(ConnectionState::Open) => self.and([
                Token::Sql("connection_end_time IS NULL AND "),
                Token::Sql(NOT_FAILED),
            ]),
            Some(ConnectionState::Ended) => self.and([
                Token::Sql("connection_end_time IS NOT NULL AND "),
                Token::Sql(NOT_FAILED),
            ]),
        }
        if let Some(reason) = filter.failure_reason() {
            self.failure_reason(reason);
        }
        if let Some(is_reconnect) = filter.is_reconnect() {
            self.and([
                Token::Column("is_reconnect"),
                Token::Sql(if is_reconnect {
                    " IS TRUE"
                } else {
                    " IS FALSE"
                }),
            ]);
        }
        for (operator, name, seconds) in [
            (" >= ", "min_duration", filter.duration().min()),
            (" <= ", "max_duration", filter.duration().max()),
        ] {
            let Some(seconds) = seconds else { continue };
            self.and([
                Token::Sql("connection_end_time - connection_setup_time"),
                Token::Sql(operator),
                Token::Value(name, Value::Number(seconds)),
                Token::Sql(" * "),
                Token::Sql(D::SECOND),
            ]);
        }
        if let Some(time) = filter.active_at() {
            self.active_at::<D>(time);
        }
    }

    fn active_at<D: Dialect>(&mut self, time: ActiveTime) {
        let value = |name, time| Token::Value(name, Value::Time(Moment(D::bound(time))));
        let from = || value("active_at", time.from());
        self.and([Token::Sql("(connection_setup_time ")]);
        self.0.extend(match time.until() {
            Some(until) => vec![
                Token::Sql(">= "),
                from(),
                Token::Sql(" AND connection_setup_time < "),
                value("active_until", until),
            ],
            None => vec![Token::Sql("= "), from()],
        });
        self.0.extend([
            Token::Sql(" OR connection_setup_time < "),
            from(),
            Token::Sql(" AND (connection_end_time IS NULL OR connection_end_time > "),
            from(),
            Token::Sql("))"),
        ]);
    }

    fn failure_reason(&mut self, reason: &'f FailureFilter) {
        const COLUMN: &str = "connection_failure_reason";
        const NAME: &str = "failure_reason";
        if !reason.is_code() {
            return self.compare(COLUMN, " = ", NAME, text(reason.as_str()));
        }
        self.and([
            Token::Sql("("),
            Token::Column(COLUMN),
            Token::Sql(" = "),
            Token::Value(NAME, text(reason.as_str())),
            Token::Sql(" OR "),
            Token::Column(COLUMN),
            Token::Sql(" LIKE "),
            // Digits are no wildcards.
            Token::Value("failure_pattern", owned(format!("{}:%", reason.as_str()))),
            Token::Sql(")"),
        ]);
    }

    fn address<D: Dialect>(&mut self, column: &'static str, addresses: &'f AddressFilter) {
        match addresses {
            AddressFilter::Whole(address) => self.compare(column, " = ", column, text(address)),
            AddressFilter::Network(network) => {
                self.and(D::in_network(column, network, owned(network.to_string())));
            }
        }
    }

    fn like<D: Dialect>(&mut self, column: &'static str, name: &'static str, pattern: String) {
        self.and([
            Token::Column(column),
            Token::Sql(" LIKE "),
            Token::Value(name, owned(pattern)),
            Token::Sql(D::ESCAPE),
        ]);
    }

    fn compare_some(
        &mut self,
        column: &'static str,
        operator: &'static str,
        name: &'static str,
        value: Option<Value<'f>>,
    ) {
        if let Some(value) = value {
            self.compare(column, operator, name, value);
        }
    }

    fn compare(
        &mut self,
        column: &'static str,
        operator: &'static str,
        name: &'static str,
        value: Value<'f>,
    ) {
        self.and([
            Token::Column(column),
            Token::Sql(operator),
            Token::Value(name, value),
        ]);
    }

    /// What is written of them.
    pub(crate) fn into_tokens(self) -> Vec<Token<'f>> {
        self.0
    }

    fn and(&mut self, condition: impl IntoIterator<Item = Token<'f>>) {
        if !self.0.is_empty() {
            self.0.push(Token::Sql(" AND "));
        }
        self.0.extend(condition);
    }

    /// The values, each with its name. One of them may be there more than once.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&'static str, &Value<'f>)> {
        self.0.iter().filter_map(|token| match token {
            Token::Value(name, value) => Some((*name, value)),
            Token::Sql(_) | Token::Column(_) => None,
        })
    }

    /// The same with other values, each made of its name and what it was.
    pub(crate) fn map(
        mut self,
        mut with: impl FnMut(&'static str, Value<'f>) -> Value<'f>,
    ) -> Self {
        for token in &mut self.0 {
            if let Token::Value(name, value) = token {
                *value = with(name, std::mem::replace(value, Value::Number(0)));
            }
        }
        self
    }
}

/// [`MatchKey::MAX_PLAIN_BYTES`], up to which a key is stored as it is.
const LONGEST_KEY: &str = "512";
const _: () = assert!(MatchKey::MAX_PLAIN_BYTES == 512, "LONGEST_KEY says it too");

fn text(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

fn owned(text: String) -> Value<'static> {
    Value::Text(Cow::Owned(text))
}

impl Expression for Predicates<'_> {
    type SqlType = Bool;
}

impl AppearsOnTable<connection_records::table> for Predicates<'_> {}

impl<GroupBy> ValidGrouping<GroupBy> for Predicates<'_> {
    type IsAggregate = is_aggregate::No;
}

impl QueryId for Predicates<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<D: Dialect> QueryFragment<D> for Predicates<'_>
where
    str: ToSql<Text, D>,
    i32: ToSql<Integer, D>,
    Moment: ToSql<Micros, D>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, D>) -> QueryResult<()> {
        for token in &self.0 {
            token.walk(out.reborrow())?;
        }
        Ok(())
    }
}

impl Token<'_> {
    /// Writes it, and binds its value.
    pub(crate) fn walk<'b, D: Dialect>(&'b self, mut out: AstPass<'_, 'b, D>) -> QueryResult<()>
    where
        str: ToSql<Text, D>,
        i32: ToSql<Integer, D>,
        Moment: ToSql<Micros, D>,
    {
        match self {
            Self::Sql(sql) => out.push_sql(sql),
            Self::Column(column) => out.push_identifier(column)?,
            Self::Value(_, Value::Text(text)) => out.push_bind_param::<Text, str>(text)?,
            Self::Value(_, Value::Time(time)) => out.push_bind_param::<Micros, _>(time)?,
            Self::Value(_, Value::Number(number)) => out.push_bind_param::<Integer, _>(number)?,
            Self::Value(_, Value::Sql(sql)) => out.push_sql(sql),
        }
        Ok(())
    }
}
