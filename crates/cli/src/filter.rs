//! The filter of a command: which records.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::Args;
use deskledger_domain::Parameter;

use crate::time;

/// Parameters of a query, each with its value.
pub(crate) type Pairs = Vec<(&'static str, String)>;

/// Which records. What is not given does not count.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which records")]
pub(crate) struct Filter {
    /// Only records that started at or after this time.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, long_help = start_help())]
    start_time: Option<String>,

    /// Only records that started before this time, written as that of --start-time, which it needs.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    end_time: Option<String>,

    /// Only connections that were open at this time, written as that of --start-time; or between two, with a slash between them.
    #[arg(long, value_name = "TIME[/TIME]", allow_hyphen_values = true)]
    active_at: Option<String>,

    /// Only connections in this state: failed, open or ended.
    #[arg(long, value_name = "STATE")]
    state: Option<String>,

    /// Only records with this reason of a failure, or with one of this code, such as 400200.
    #[arg(long, value_name = "REASON")]
    failure_reason: Option<String>,

    /// Only records of this user: the whole name, in any case.
    #[arg(long, value_name = "NAME")]
    user_name: Option<String>,

    /// Only records of users whose name begins with this, in any case.
    #[arg(long, value_name = "PREFIX")]
    user_name_prefix: Option<String>,

    /// Only records of users of this domain: what stands after the @ of the name, in any case.
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,

    /// Only records of this computer: the whole name, in any case.
    #[arg(long, value_name = "NAME")]
    computer_name: Option<String>,

    /// Only records of computers whose name begins with this, in any case.
    #[arg(long, value_name = "PREFIX")]
    computer_name_prefix: Option<String>,

    /// Only records from terminals of this type: the whole value, in any case.
    #[arg(long, value_name = "TYPE")]
    terminal_type: Option<String>,

    /// Only records from terminals with this hardware address, as it was recorded.
    #[arg(long, value_name = "ADDRESS")]
    terminal_mac: Option<String>,

    /// Only records from terminals with this address, or with one of this network, such as 192.168.1.0/24.
    #[arg(long, value_name = "ADDRESS")]
    terminal_ip: Option<String>,

    /// Only records with this address at the gateway, or with one of this network.
    #[arg(long, value_name = "ADDRESS")]
    source_ip: Option<String>,

    /// Only records from networks that were left with this address, or with one of this network.
    #[arg(long, value_name = "ADDRESS")]
    public_ip: Option<String>,

    /// Only records of desktops with this address, or with one of this network.
    #[arg(long, value_name = "ADDRESS")]
    desktop_ip: Option<String>,

    /// Only records of the desktop with this identifier.
    #[arg(long, value_name = "ID")]
    desktop_id: Option<String>,

    /// Only records of the desktop with this security identifier.
    #[arg(long, value_name = "SID")]
    sid: Option<String>,

    /// Only records of desktops of this enterprise project.
    #[arg(long, value_name = "ID")]
    enterprise_project_id: Option<String>,

    /// Only the record of the connection with this identifier.
    #[arg(long, value_name = "ID")]
    transaction_id: Option<String>,

    /// Only connections of which this is known: whether an earlier one was taken up again.
    #[arg(long, value_name = "true|false")]
    is_reconnect: Option<String>,

    /// Only connections that lasted at least so many seconds.
    #[arg(long, value_name = "SECONDS")]
    min_duration: Option<String>,

    /// Only connections that lasted at most so many seconds.
    #[arg(long, value_name = "SECONDS")]
    max_duration: Option<String>,

    /// Only records whose round trip of the network took at least so many milliseconds.
    #[arg(long, value_name = "MS")]
    min_network_rtt: Option<String>,

    /// Only records whose round trip of the network took at most so many milliseconds.
    #[arg(long, value_name = "MS")]
    max_network_rtt: Option<String>,

    /// Only records whose round trip from end to end took at least so many milliseconds.
    #[arg(long, value_name = "MS")]
    min_e2e_rtt: Option<String>,

    /// Only records whose round trip from end to end took at most so many milliseconds.
    #[arg(long, value_name = "MS")]
    max_e2e_rtt: Option<String>,
}

fn start_help() -> String {
    format!(
        "Only records that started at or after this time: {}",
        time::HELP
    )
}

impl Filter {
    /// The parameters of a query, each with its value. Times may be written as a person types them.
    pub(crate) fn pairs(
        &self,
        zone: Option<Tz>,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = (&'static str, String)> {
        let zone = zone.unwrap_or(Tz::UTC);
        let time = |text: &Option<String>| text.as_ref().map(|text| time::resolve(text, zone, now));
        let times = |texts: &Option<String>| {
            let texts = texts.as_ref()?.split('/');
            let times: Vec<_> = texts.map(|text| time::resolve(text, zone, now)).collect();
            Some(times.join("/"))
        };
        let pairs = [
            (Parameter::StartTime, time(&self.start_time)),
            (Parameter::EndTime, time(&self.end_time)),
            (Parameter::ActiveAt, times(&self.active_at)),
            (Parameter::State, self.state.clone()),
            (Parameter::FailureReason, self.failure_reason.clone()),
            (Parameter::UserName, self.user_name.clone()),
            (Parameter::UserNamePrefix, self.user_name_prefix.clone()),
            (Parameter::Domain, self.domain.clone()),
            (Parameter::ComputerName, self.computer_name.clone()),
            (
                Parameter::ComputerNamePrefix,
                self.computer_name_prefix.clone(),
            ),
            (Parameter::TerminalType, self.terminal_type.clone()),
            (Parameter::TerminalMac, self.terminal_mac.clone()),
            (Parameter::TerminalIp, self.terminal_ip.clone()),
            (Parameter::SourceIp, self.source_ip.clone()),
            (Parameter::PublicIp, self.public_ip.clone()),
            (Parameter::DesktopIp, self.desktop_ip.clone()),
            (Parameter::DesktopId, self.desktop_id.clone()),
            (Parameter::Sid, self.sid.clone()),
            (
                Parameter::EnterpriseProjectId,
                self.enterprise_project_id.clone(),
            ),
            (Parameter::TransactionId, self.transaction_id.clone()),
            (Parameter::IsReconnect, self.is_reconnect.clone()),
            (Parameter::MinDuration, self.min_duration.clone()),
            (Parameter::MaxDuration, self.max_duration.clone()),
            (Parameter::MinNetworkRtt, self.min_network_rtt.clone()),
            (Parameter::MaxNetworkRtt, self.max_network_rtt.clone()),
            (Parameter::MinE2eRtt, self.min_e2e_rtt.clone()),
            (Parameter::MaxE2eRtt, self.max_e2e_rtt.clone()),
        ];
        pairs
            .into_iter()
            .filter_map(|(parameter, value)| Some((parameter.name(), value?)))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        filter: Filter,
    }

    #[test]
    fn every_filter_has_an_option_of_its_name() {
        let mut arguments = vec!["command".to_owned()];
        for parameter in Parameter::FILTERS {
            arguments.push(format!("--{}", parameter.name().replace('_', "-")));
            arguments.push(parameter.name().to_owned());
        }
        let command = Command::parse_from(arguments);
        let mut pairs: Vec<_> = command.filter.pairs(None, DateTime::UNIX_EPOCH).collect();
        let mut expected: Vec<_> = Parameter::FILTERS
            .map(|parameter| (parameter.name(), parameter.name().to_owned()))
            .into();
        pairs.sort_unstable();
        expected.sort_unstable();
        assert_eq!(pairs, expected);
    }
}
