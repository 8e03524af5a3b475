use chrono::{DateTime, TimeDelta, Utc};

use crate::record::InvalidRecord;
use crate::time::can_be_written;
use crate::{ConnectionRecord, MAX_TEXT_CHARS, MatchKey, ProjectId, RecordFields};

/// A borrowed record: what a [`ConnectionRecord`] holds, wherever it is stored.
///
/// It carries a row of a database to a row of a workbook without a copy of any text. Like [`RecordFields`] it may hold
/// anything: only after a [check](Self::check) are its values those of a valid record. A store checks each record that it
/// passes on. `Start` is what is known of the start, as in [`RecordFields`].
///
/// ```
/// use deskledger_domain::{Column, ConnectionRecord, ProjectId, RecordFields, Value, parse_time};
///
/// let fields = RecordFields::new("55f1", parse_time("2020-04-24T03:02:45Z")?);
/// let kept = ConnectionRecord::new(ProjectId::new("8dc9c40a06574a598941b254d4b63b43")?, fields)?;
/// let borrowed = kept.as_ref();
/// assert_eq!(Column::TransactionId.value(&borrowed), Value::Text("55f1"));
/// assert_eq!(borrowed.to_record()?, kept);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordRef<'a, Start = DateTime<Utc>> {
    /// The tenant that the record belongs to.
    pub project_id: &'a ProjectId,
    /// See [`RecordFields::transaction_id`]; so for all that follow.
    pub transaction_id: &'a str,
    /// The security identifier of the desktop.
    pub sid: Option<&'a str>,
    /// The desktop's computer name.
    pub computer_name: Option<&'a str>,
    /// Who logged in, or tried to.
    pub user_name: Option<&'a str>,
    /// The hardware address of the terminal.
    pub terminal_mac: Option<&'a str>,
    /// The name of the terminal.
    pub terminal_name: Option<&'a str>,
    /// The address of the terminal in its own network.
    pub terminal_ip: Option<&'a str>,
    /// The version of the client on the terminal.
    pub client_version: Option<&'a str>,
    /// The operating system of the terminal.
    pub terminal_type: Option<&'a str>,
    /// The version of the agent on the desktop.
    pub agent_version: Option<&'a str>,
    /// The address of the desktop.
    pub desktop_ip: Option<&'a str>,
    /// When the connection was asked for.
    pub connection_start_time: Start,
    /// When the connection stood.
    pub connection_setup_time: Option<DateTime<Utc>>,
    /// When the connection ended.
    pub connection_end_time: Option<DateTime<Utc>>,
    /// Whether an earlier connection was taken up again.
    pub is_reconnect: Option<bool>,
    /// Why there was no connection.
    pub connection_failure_reason: Option<&'a str>,
    /// Round trip of the network, in milliseconds.
    pub network_rtt: Option<i32>,
    /// Round trip from end to end, in milliseconds.
    pub e2e_rtt: Option<i32>,
    /// The address that the gateway saw.
    pub source_ip: Option<&'a str>,
    /// The address with which the terminal left its network.
    pub public_ip: Option<&'a str>,
    /// The enterprise project of the desktop.
    pub enterprise_project_id: Option<&'a str>,
    /// The identifier of the desktop.
    pub desktop_id: Option<&'a str>,
}

impl<'a, Start: Copy + Into<Option<DateTime<Utc>>>> RecordRef<'a, Start> {
    pub(crate) fn new(project_id: &'a ProjectId, fields: &'a RecordFields<Start>) -> Self {
        Self {
            project_id,
            transaction_id: &fields.transaction_id,
            sid: fields.sid.as_deref(),
            computer_name: fields.computer_name.as_deref(),
            user_name: fields.user_name.as_deref(),
            terminal_mac: fields.terminal_mac.as_deref(),
            terminal_name: fields.terminal_name.as_deref(),
            terminal_ip: fields.terminal_ip.as_deref(),
            client_version: fields.client_version.as_deref(),
            terminal_type: fields.terminal_type.as_deref(),
            agent_version: fields.agent_version.as_deref(),
            desktop_ip: fields.desktop_ip.as_deref(),
            connection_start_time: fields.connection_start_time,
            connection_setup_time: fields.connection_setup_time,
            connection_end_time: fields.connection_end_time,
            is_reconnect: fields.is_reconnect,
            connection_failure_reason: fields.connection_failure_reason.as_deref(),
            network_rtt: fields.network_rtt,
            e2e_rtt: fields.e2e_rtt,
            source_ip: fields.source_ip.as_deref(),
            public_ip: fields.public_ip.as_deref(),
            enterprise_project_id: fields.enterprise_project_id.as_deref(),
            desktop_id: fields.desktop_id.as_deref(),
        }
    }

    /// How long the connection stood: end less setup, where both are known. Negative where clocks disagreed.
    pub fn duration(&self) -> Option<TimeDelta> {
        Some(self.connection_end_time? - self.connection_setup_time?)
    }

    /// The key that a filter by user name looks for.
    pub fn user_name_key(&self) -> Option<MatchKey> {
        self.user_name.map(MatchKey::of_name)
    }

    /// The key that a filter by computer name looks for.
    pub fn computer_name_key(&self) -> Option<MatchKey> {
        self.computer_name.map(MatchKey::of_name)
    }

    /// The key that a filter by terminal type looks for.
    pub fn terminal_type_key(&self) -> Option<MatchKey> {
        self.terminal_type.map(MatchKey::of_terminal_type)
    }

    /// Whether these are the fields of a record, or of an event: only this function says what either must be.
    ///
    /// # Errors
    /// As [`ConnectionRecord::new`].
    pub fn check(&self) -> Result<(), InvalidRecord> {
        if self.transaction_id.is_empty() {
            return Err(InvalidRecord::Missing {
                field: "transaction_id",
            });
        }
        // One by one and not from a list: every record of every export is checked.
        check_text("transaction_id", Some(self.transaction_id))?;
        check_text("sid", self.sid)?;
        check_text("computer_name", self.computer_name)?;
        check_text("user_name", self.user_name)?;
        check_text("terminal_mac", self.terminal_mac)?;
        check_text("terminal_name", self.terminal_name)?;
        check_text("terminal_ip", self.terminal_ip)?;
        check_text("client_version", self.client_version)?;
        check_text("terminal_type", self.terminal_type)?;
        check_text("agent_version", self.agent_version)?;
        check_text("desktop_ip", self.desktop_ip)?;
        check_text("connection_failure_reason", self.connection_failure_reason)?;
        check_text("source_ip", self.source_ip)?;
        check_text("public_ip", self.public_ip)?;
        check_text("enterprise_project_id", self.enterprise_project_id)?;
        check_text("desktop_id", self.desktop_id)?;
        check_time("connection_start_time", self.connection_start_time.into())?;
        check_time("connection_setup_time", self.connection_setup_time)?;
        check_time("connection_end_time", self.connection_end_time)
    }
}

impl RecordRef<'_> {
    /// A record of one's own, to keep.
    ///
    /// # Errors
    /// As [`ConnectionRecord::new`]; never for a view that was [checked](Self::check).
    pub fn to_record(&self) -> Result<ConnectionRecord, InvalidRecord> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let fields = RecordFields {
            transaction_id: self.transaction_id.to_owned(),
            sid: owned(self.sid),
            computer_name: owned(self.computer_name),
            user_name: owned(self.user_name),
            terminal_mac: owned(self.terminal_mac),
            terminal_name: owned(self.terminal_name),
            terminal_ip: owned(self.terminal_ip),
            client_version: owned(self.client_version),
            terminal_type: owned(self.terminal_type),
            agent_version: owned(self.agent_version),
            desktop_ip: owned(self.desktop_ip),
            connection_start_time: self.connection_start_time,
            connection_setup_time: self.connection_setup_time,
            connection_end_time: self.connection_end_time,
            is_reconnect: self.is_reconnect,
            connection_failure_reason: owned(self.connection_failure_reason),
            network_rtt: self.network_rtt,
            e2e_rtt: self.e2e_rtt,
            source_ip: owned(self.source_ip),
            public_ip: owned(self.public_ip),
            enterprise_project_id: owned(self.enterprise_project_id),
            desktop_id: owned(self.desktop_id),
        };
        ConnectionRecord::new(self.project_id.clone(), fields)
    }
}

#[inline]
fn check_text(field: &'static str, text: Option<&str>) -> Result<(), InvalidRecord> {
    let Some(text) = text else { return Ok(()) };
    // No text has more characters than bytes, so most are not counted.
    if text.len() > MAX_TEXT_CHARS {
        let length = text.chars().count();
        if length > MAX_TEXT_CHARS {
            return Err(InvalidRecord::TooLong { field, length });
        }
    }
    if has_nul(text) {
        return Err(InvalidRecord::ForbiddenCharacter { field });
    }
    Ok(())
}

#[inline]
fn check_time(field: &'static str, time: Option<DateTime<Utc>>) -> Result<(), InvalidRecord> {
    if time.is_some_and(|time| !can_be_written(time)) {
        return Err(InvalidRecord::TimeOutOfRange { field });
    }
    Ok(())
}

/// Whether a text has a U+0000: eight bytes at a time, since every text of every record is asked.
fn has_nul(text: &str) -> bool {
    const ONES: u64 = u64::MAX / 0xFF;
    let has_zero = |word: &[u8; 8]| {
        // Only a byte that is 0 borrows and has its highest bit clear.
        let word = u64::from_le_bytes(*word);
        word.wrapping_sub(ONES) & !word & (ONES << 7) != 0
    };
    let bytes = text.as_bytes();
    match bytes.last_chunk() {
        // The last word overlaps the one before.
        Some(last) => bytes.as_chunks().0.iter().any(has_zero) || has_zero(last),
        None => bytes.contains(&0),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::has_nul;

    proptest! {
        #[test]
        fn a_nul_is_found_wherever_it_stands(text in "[\\x00-\\x02\\x7e-\\x{101}a]{0,40}") {
            prop_assert_eq!(has_nul(&text), text.contains('\0'));
        }
    }
}
