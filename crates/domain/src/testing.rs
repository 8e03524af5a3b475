//! Strategies of proptest for tests of this crate and of those that use it.
#![expect(
    clippy::unwrap_used,
    reason = "what is generated here is valid, or the test that asks for it fails"
)]

use chrono::{DateTime, Utc};
use proptest::{option, prelude::*};

use crate::{ConnectionRecord, ProjectId, RecordFields};

fn any_time() -> impl Strategy<Value = DateTime<Utc>> {
    // The years 0 to 9999, the ones that RFC 3339 can write, in the microseconds that a record keeps.
    (-62_167_219_200_000_000_i64..253_402_300_800_000_000)
        .prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap())
}

fn any_text() -> impl Strategy<Value = Option<String>> {
    option::of(r#"[^\x00]{0,12}|[",\r\n\\= \t王芳]{0,6}"#)
}

prop_compose! {
    /// Any record at all, of the project `p1`.
    pub fn any_record()(
        transaction_id in r"[^\x00]{1,36}",
        start in any_time(),
        setup in option::of(any_time()),
        end in option::of(any_time()),
        texts in prop::array::uniform15(any_text()),
        is_reconnect in option::of(any::<bool>()),
        network_rtt in option::of(any::<i32>()),
        e2e_rtt in option::of(any::<i32>()),
    ) -> ConnectionRecord {
        let [
            sid, computer_name, user_name, terminal_mac, terminal_name, terminal_ip, client_version, terminal_type,
            agent_version, desktop_ip, connection_failure_reason, source_ip, public_ip, enterprise_project_id,
            desktop_id,
        ] = texts;
        ConnectionRecord::new(ProjectId::new("p1").unwrap(), RecordFields {
            transaction_id, sid, computer_name, user_name, terminal_mac, terminal_name, terminal_ip, client_version,
            terminal_type, agent_version, desktop_ip, connection_start_time: start, connection_setup_time: setup,
            connection_end_time: end, is_reconnect, connection_failure_reason, network_rtt, e2e_rtt, source_ip,
            public_ip, enterprise_project_id, desktop_id,
        }).unwrap()
    }
}
