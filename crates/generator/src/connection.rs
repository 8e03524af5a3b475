use chrono::DateTime;
use deskledger_domain::RecordFields;

use super::{
    directory::{Directory, Seat},
    draw::Draw,
    failure::Failure,
    rhythm::{Rhythm, is_office_time},
    terminal::{Location, Terminal},
};

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;

/// Of a thousand connections, how many fail; of the others, how many take up an earlier one, and how many are never
/// seen to end though they are long over.
const FAILED: u32 = 30;
const RECONNECTED: u32 = 80;
const NEVER_ENDED: u32 = 2;

/// The connection that started at `start`, as it is known at `until`, both in seconds since the epoch.
///
/// `None` where the calendar ends before.
pub(super) fn record(
    start: i64,
    until: i64,
    rhythm: &Rhythm,
    directory: &Directory,
    draw: &mut Draw,
) -> Option<RecordFields> {
    let seat = directory.pick(draw);
    let terminal = seat.terminal(is_office_time(start), draw);
    let progress = rhythm.progress(start);
    let fields = RecordFields {
        sid: Some(seat.sid.clone()),
        computer_name: Some(seat.computer_name.clone()),
        user_name: Some(user_name(seat, draw)),
        terminal_mac: Some(terminal.mac.clone()),
        terminal_name: Some(terminal.name.clone()),
        terminal_ip: Some(terminal.ip.clone()),
        client_version: Some(seat.client.client_version(progress).to_owned()),
        terminal_type: Some(terminal.kind.to_owned()),
        is_reconnect: Some(false),
        source_ip: Some(terminal.source_ip.clone()),
        public_ip: Some(terminal.public_ip.clone()),
        enterprise_project_id: Some(seat.enterprise_project_id.clone()),
        desktop_id: Some(seat.desktop_id.clone()),
        ..RecordFields::new(draw.uuid(), DateTime::from_timestamp_secs(start)?)
    };
    Some(if draw.per_mille(FAILED) {
        failed(fields, draw)
    } else {
        let fields = RecordFields {
            agent_version: Some(seat.agent.agent_version(progress).to_owned()),
            desktop_ip: Some(seat.desktop_ip.clone()),
            ..fields
        };
        established(fields, start, until, terminal, draw)
    })
}

/// As the user typed it: Windows takes capitals as well.
fn user_name(seat: &Seat, draw: &mut Draw) -> String {
    if draw.per_mille(15) {
        seat.user_name.to_ascii_uppercase()
    } else {
        seat.user_name.clone()
    }
}

fn failed(fields: RecordFields, draw: &mut Draw) -> RecordFields {
    let failure = Failure::draw(draw);
    let fields = RecordFields {
        connection_failure_reason: Some(failure.reason.to_owned()),
        ..fields
    };
    match failure.stranger {
        None => fields,
        Some(stranger) => RecordFields {
            user_name: Some(stranger.to_owned()),
            computer_name: None,
            sid: None,
            desktop_id: None,
            enterprise_project_id: None,
            ..fields
        },
    }
}

fn established(
    fields: RecordFields,
    start: i64,
    until: i64,
    terminal: &Terminal,
    draw: &mut Draw,
) -> RecordFields {
    let is_reconnect = draw.per_mille(RECONNECTED);
    let setup = start + i64::from(setup_seconds(is_reconnect, draw));
    let end = setup + i64::from(session_seconds(is_reconnect, draw));
    let never_ended = draw.per_mille(NEVER_ENDED);
    let network_rtt = network_rtt(terminal.location, draw);
    let e2e_rtt = network_rtt + draw.between(12, 95);
    let known = |time: i64| {
        let time = DateTime::from_timestamp_secs(time)?;
        (time.timestamp() < until).then_some(time)
    };
    RecordFields {
        connection_setup_time: known(setup),
        connection_end_time: known(end).filter(|_| !never_ended),
        is_reconnect: Some(is_reconnect),
        network_rtt: i32::try_from(network_rtt).ok(),
        e2e_rtt: i32::try_from(e2e_rtt).ok(),
        ..fields
    }
}

/// A desktop that sleeps has to wake up first.
fn setup_seconds(is_reconnect: bool, draw: &mut Draw) -> u32 {
    match draw.below(100) {
        _ if is_reconnect => draw.between(1, 4),
        0..85 => draw.between(1, 9),
        85..97 => draw.between(10, 45),
        _ => draw.between(46, 180),
    }
}

/// From two minutes up to ten hours.
fn session_seconds(is_reconnect: bool, draw: &mut Draw) -> u32 {
    match draw.below(100) {
        _ if is_reconnect => draw.between(2 * MINUTE, 3 * HOUR),
        0..20 => draw.between(2 * MINUTE, 20 * MINUTE),
        20..65 => draw.between(20 * MINUTE, 3 * HOUR),
        _ => draw.between(3 * HOUR, 10 * HOUR),
    }
}

/// In milliseconds. It depends on the location, and has a long tail.
fn network_rtt(location: Location, draw: &mut Draw) -> u32 {
    let usual = match location {
        Location::Office => draw.between(1, 14),
        Location::Home => draw.between(8, 60),
        Location::Mobile => draw.between(35, 160),
    };
    match draw.below(1000) {
        0..945 => usual,
        945..997 => usual * draw.between(2, 9),
        _ => usual + draw.between(800, 9000),
    }
}
