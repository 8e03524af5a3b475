//! German, as in Germany.

use super::{Direction, Translation};
use crate::Column;

pub(super) const TRANSLATION: Translation = Translation {
    tag: "de_DE",
    direction: Direction::LeftToRight,
    header,
    yes: "Ja",
    no: "Nein",
    sheet_name: "Verbindungsprotokoll",
    file_stem: "desktop-verbindungen",
};

const fn header(column: Column) -> &'static str {
    match column {
        Column::UserName => "Benutzername",
        Column::ComputerName => "Computername",
        Column::TerminalIp => "IP-Adresse des Endgeräts",
        Column::TerminalType => "Betriebssystem des Endgeräts",
        Column::DesktopIp => "IP-Adresse des Desktops",
        Column::PublicIp => "Ausgangs-IP-Adresse des Clients",
        Column::ConnectionStartTime => "Verbindungsbeginn",
        Column::ConnectionSetupTime => "Verbindung hergestellt",
        Column::ConnectionEndTime => "Verbindungsende",
        Column::Duration => "Dauer",
        Column::IsReconnect => "Wiederverbindung",
        Column::ConnectionFailureReason => "Fehlerursache",
        Column::NetworkRtt => "Netzwerklatenz (ms)",
        Column::E2eRtt => "Ende-zu-Ende-Latenz (ms)",
        Column::TerminalMac => "MAC-Adresse des Endgeräts",
        Column::TerminalName => "Name des Endgeräts",
        Column::ClientVersion => "AccessClient-Version",
        Column::AgentVersion => "AccessAgent-Version",
        Column::SourceIp => "Quell-IP-Adresse des Clients",
        Column::DesktopId => "Desktop-ID",
        Column::Sid => "Desktop-SID",
        Column::TransactionId => "Transaktions-ID",
        Column::EnterpriseProjectId => "Unternehmensprojekt-ID",
    }
}
