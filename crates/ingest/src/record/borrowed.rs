use deskledger_domain::{RecordRef, format_time};
use serde::Serialize;

/// A borrowed record on its way out. It is written as a [`RecordLine`](crate::RecordLine) is, without a copy of its
/// texts.
#[derive(Debug, Serialize)]
pub struct BorrowedRecordLine<'a> {
    sid: Option<&'a str>,
    transaction_id: &'a str,
    computer_name: Option<&'a str>,
    user_name: Option<&'a str>,
    terminal_mac: Option<&'a str>,
    terminal_name: Option<&'a str>,
    terminal_ip: Option<&'a str>,
    client_version: Option<&'a str>,
    terminal_type: Option<&'a str>,
    agent_version: Option<&'a str>,
    desktop_ip: Option<&'a str>,
    connection_start_time: String,
    connection_setup_time: Option<String>,
    connection_end_time: Option<String>,
    is_reconnect: Option<bool>,
    connection_failure_reason: Option<&'a str>,
    network_rtt: Option<i32>,
    e2e_rtt: Option<i32>,
    source_ip: Option<&'a str>,
    public_ip: Option<&'a str>,
    enterprise_project_id: Option<&'a str>,
    desktop_id: Option<&'a str>,
}

impl<'a> From<&RecordRef<'a>> for BorrowedRecordLine<'a> {
    fn from(record: &RecordRef<'a>) -> Self {
        Self {
            sid: record.sid,
            transaction_id: record.transaction_id,
            computer_name: record.computer_name,
            user_name: record.user_name,
            terminal_mac: record.terminal_mac,
            terminal_name: record.terminal_name,
            terminal_ip: record.terminal_ip,
            client_version: record.client_version,
            terminal_type: record.terminal_type,
            agent_version: record.agent_version,
            desktop_ip: record.desktop_ip,
            connection_start_time: format_time(record.connection_start_time),
            connection_setup_time: record.connection_setup_time.map(format_time),
            connection_end_time: record.connection_end_time.map(format_time),
            is_reconnect: record.is_reconnect,
            connection_failure_reason: record.connection_failure_reason,
            network_rtt: record.network_rtt,
            e2e_rtt: record.e2e_rtt,
            source_ip: record.source_ip,
            public_ip: record.public_ip,
            enterprise_project_id: record.enterprise_project_id,
            desktop_id: record.desktop_id,
        }
    }
}
