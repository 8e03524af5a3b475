//! German, as in Germany.

use super::AuditWord;
use super::{Direction, Translation};
use crate::{AuditAction, AuditColumn, AuditOutcome, AuditVia, Column, NoteWord, SummaryWord};

pub(super) const TRANSLATION: Translation = Translation {
    tag: "de_DE",
    direction: Direction::LeftToRight,
    header,
    yes: "Ja",
    no: "Nein",
    sheet_name: "Verbindungsprotokoll",
    file_stem: "desktop-verbindungen",
    summary,
    note,
    audit_header,
    audit_word,
    audit_sheet_name: "Audit der Exporte",
    audit_file_stem: "audit-der-exporte",
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

const fn summary(word: SummaryWord) -> &'static str {
    match word {
        SummaryWord::Summary => "Zusammenfassung",
        SummaryWord::Value => "Wert",
        SummaryWord::Records => "Datensätze",
        SummaryWord::Filter => "Filter",
        SummaryWord::NoFilter => "Keiner: alle Datensätze",
        SummaryWord::From => "ab {}",
        SummaryWord::Before => "vor {}",
        SummaryWord::Total => "Datensätze insgesamt",
        SummaryWord::Day => "Tag",
        SummaryWord::Earlier => "früher",
        SummaryWord::Others => "alle übrigen",
        SummaryWord::WithoutValue => "ohne Wert",
        SummaryWord::Inexact => {
            "Zu viele verschiedene Werte für genaue Zahlen: Jede kann um bis zu {} zu niedrig sein"
        }
    }
}

const fn note(word: NoteWord) -> &'static str {
    match word {
        NoteWord::Notes => "Hinweise",
        NoteWord::Sheet => "Blatt",
        NoteWord::Row => "Zeile",
        NoteWord::Column => "Spalte",
        NoteWord::Value => "Wert",
        NoteWord::More => "und {} weitere",
    }
}

const fn audit_header(column: AuditColumn) -> &'static str {
    match column {
        AuditColumn::StartedAt => "Beginn",
        AuditColumn::EndedAt => "Ende",
        AuditColumn::Duration => "Dauer",
        AuditColumn::User => "Benutzer",
        AuditColumn::Action => "Aktion",
        AuditColumn::Via => "Weg",
        AuditColumn::Outcome => "Ergebnis",
        AuditColumn::Rows => "Datensätze",
        AuditColumn::Bytes => "Bytes",
        AuditColumn::Requests => "Anfragen",
        AuditColumn::Filter => "Filter",
        AuditColumn::Format => "Format",
        AuditColumn::Language => "Sprache",
        AuditColumn::TimeZone => "Zeitzone",
        AuditColumn::Summary => "Zusammenfassung",
        AuditColumn::TaskIds => "Aufgaben-IDs",
        AuditColumn::ErrorCode => "Fehlercode",
        AuditColumn::Reason => "Grund",
        AuditColumn::Credential => "Berechtigungsnachweis",
        AuditColumn::PeerAddress => "Adresse der Gegenstelle",
        AuditColumn::ForwardedFor => "Weitergeleitet für",
        AuditColumn::RequestedProjectId => "Angefragte Projekt-ID",
        AuditColumn::RequestId => "Anfrage-ID",
        AuditColumn::Id => "Audit-ID",
    }
}

const fn audit_word(word: AuditWord) -> &'static str {
    match word {
        AuditWord::Via(AuditVia::Export) => "Export",
        AuditWord::Via(AuditVia::Task) => "Export im Hintergrund",
        AuditWord::Via(AuditVia::Download) => "Download",
        AuditWord::Via(AuditVia::Link) => "Export in der Konsole",
        AuditWord::Via(AuditVia::List) => "Liste",
        AuditWord::Via(AuditVia::Session) => "Sitzung",
        AuditWord::Via(AuditVia::AccessKey) => "Zugriffsschlüssel",
        AuditWord::Via(AuditVia::Audit) => "Export des Audits",
        AuditWord::Action(AuditAction::Read) => "Gelesen",
        AuditWord::Action(AuditAction::Delete) => "Gelöscht",
        AuditWord::Action(AuditAction::SignIn) => "Angemeldet",
        AuditWord::Action(AuditAction::SignOut) => "Abgemeldet",
        AuditWord::Action(AuditAction::EndSession) => "Sitzung beendet",
        AuditWord::Action(AuditAction::MakeAccessKey) => "Zugriffsschlüssel erstellt",
        AuditWord::Action(AuditAction::RevokeAccessKey) => "Zugriffsschlüssel widerrufen",
        AuditWord::Outcome(AuditOutcome::Running) => "Läuft",
        AuditWord::Outcome(AuditOutcome::Done) => "Fertig",
        AuditWord::Outcome(AuditOutcome::Refused) => "Abgelehnt",
        AuditWord::Outcome(AuditOutcome::ClientLeft) => "Vom Client abgebrochen",
        AuditWord::Outcome(AuditOutcome::ClientSlow) => "Client zu langsam",
        AuditWord::Outcome(AuditOutcome::Cancelled) => "Abgebrochen",
        AuditWord::Outcome(AuditOutcome::Failed) => "Fehlgeschlagen",
        AuditWord::Outcome(AuditOutcome::Interrupted) => "Unterbrochen",
    }
}
