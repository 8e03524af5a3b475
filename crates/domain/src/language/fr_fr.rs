//! French, as in France.

use super::AuditWord;
use super::{Direction, Translation};
use crate::{AuditAction, AuditColumn, AuditOutcome, AuditVia, Column, NoteWord, SummaryWord};

pub(super) const TRANSLATION: Translation = Translation {
    tag: "fr_FR",
    direction: Direction::LeftToRight,
    header,
    yes: "Oui",
    no: "Non",
    sheet_name: "Journal des connexions",
    file_stem: "connexions-aux-bureaux",
    summary,
    note,
    audit_header,
    audit_word,
    audit_sheet_name: "Audit des exports",
    audit_file_stem: "audit-des-exports",
};

const fn header(column: Column) -> &'static str {
    match column {
        Column::UserName => "Nom d'utilisateur",
        Column::ComputerName => "Nom de l'ordinateur",
        Column::TerminalIp => "Adresse IP du terminal",
        Column::TerminalType => "Système d'exploitation du terminal",
        Column::DesktopIp => "Adresse IP du bureau",
        Column::PublicIp => "Adresse IP de sortie du client",
        Column::ConnectionStartTime => "Début de la connexion",
        Column::ConnectionSetupTime => "Connexion établie",
        Column::ConnectionEndTime => "Fin de la connexion",
        Column::Duration => "Durée",
        Column::IsReconnect => "Reconnexion",
        Column::ConnectionFailureReason => "Cause de l'échec",
        Column::NetworkRtt => "Latence réseau (ms)",
        Column::E2eRtt => "Latence de bout en bout (ms)",
        Column::TerminalMac => "Adresse MAC du terminal",
        Column::TerminalName => "Nom du terminal",
        Column::ClientVersion => "Version d'AccessClient",
        Column::AgentVersion => "Version d'AccessAgent",
        Column::SourceIp => "Adresse IP source du client",
        Column::DesktopId => "ID du bureau",
        Column::Sid => "SID du bureau",
        Column::TransactionId => "ID de transaction",
        Column::EnterpriseProjectId => "ID du projet d'entreprise",
    }
}

const fn summary(word: SummaryWord) -> &'static str {
    match word {
        SummaryWord::Summary => "Synthèse",
        SummaryWord::Value => "Valeur",
        SummaryWord::Records => "Enregistrements",
        SummaryWord::Filter => "Filtre",
        SummaryWord::NoFilter => "Aucun : tous les enregistrements",
        SummaryWord::From => "à partir du {}",
        SummaryWord::Before => "avant le {}",
        SummaryWord::Total => "Total des enregistrements",
        SummaryWord::Day => "Jour",
        SummaryWord::Earlier => "antérieurs",
        SummaryWord::Others => "tous les autres",
        SummaryWord::WithoutValue => "sans valeur",
        SummaryWord::Inexact => {
            "Trop de valeurs différentes pour un compte exact : chaque nombre peut être trop bas de {} au plus"
        }
    }
}

const fn note(word: NoteWord) -> &'static str {
    match word {
        NoteWord::Notes => "Remarques",
        NoteWord::Sheet => "Feuille",
        NoteWord::Row => "Ligne",
        NoteWord::Column => "Colonne",
        NoteWord::Value => "Valeur",
        NoteWord::More => "et {} de plus",
    }
}

const fn audit_header(column: AuditColumn) -> &'static str {
    match column {
        AuditColumn::StartedAt => "Début",
        AuditColumn::EndedAt => "Fin",
        AuditColumn::Duration => "Durée",
        AuditColumn::User => "Utilisateur",
        AuditColumn::Action => "Action",
        AuditColumn::Via => "Voie",
        AuditColumn::Outcome => "Résultat",
        AuditColumn::Rows => "Enregistrements",
        AuditColumn::Bytes => "Octets",
        AuditColumn::Requests => "Requêtes",
        AuditColumn::Filter => "Filtre",
        AuditColumn::Format => "Format",
        AuditColumn::Language => "Langue",
        AuditColumn::TimeZone => "Fuseau horaire",
        AuditColumn::Summary => "Synthèse",
        AuditColumn::TaskIds => "ID des tâches",
        AuditColumn::ErrorCode => "Code d'erreur",
        AuditColumn::Reason => "Motif",
        AuditColumn::Credential => "Justificatif",
        AuditColumn::PeerAddress => "Adresse distante",
        AuditColumn::ForwardedFor => "Transmis au nom de",
        AuditColumn::RequestedProjectId => "ID du projet demandé",
        AuditColumn::RequestId => "ID de la requête",
        AuditColumn::Id => "ID de l'audit",
    }
}

const fn audit_word(word: AuditWord) -> &'static str {
    match word {
        AuditWord::Via(AuditVia::Export) => "Export",
        AuditWord::Via(AuditVia::Task) => "Export en arrière-plan",
        AuditWord::Via(AuditVia::Download) => "Téléchargement",
        AuditWord::Via(AuditVia::Link) => "Export dans la console",
        AuditWord::Via(AuditVia::List) => "Liste",
        AuditWord::Via(AuditVia::Session) => "Session",
        AuditWord::Via(AuditVia::AccessKey) => "Clé d’accès",
        AuditWord::Via(AuditVia::Audit) => "Export de l’audit",
        AuditWord::Action(AuditAction::Read) => "Lecture",
        AuditWord::Action(AuditAction::Delete) => "Suppression",
        AuditWord::Action(AuditAction::SignIn) => "Connexion",
        AuditWord::Action(AuditAction::SignOut) => "Déconnexion",
        AuditWord::Action(AuditAction::EndSession) => "Session terminée",
        AuditWord::Action(AuditAction::MakeAccessKey) => "Clé d’accès créée",
        AuditWord::Action(AuditAction::RevokeAccessKey) => "Clé d’accès révoquée",
        AuditWord::Outcome(AuditOutcome::Running) => "En cours",
        AuditWord::Outcome(AuditOutcome::Done) => "Terminé",
        AuditWord::Outcome(AuditOutcome::Refused) => "Refusé",
        AuditWord::Outcome(AuditOutcome::ClientLeft) => "Client déconnecté",
        AuditWord::Outcome(AuditOutcome::ClientSlow) => "Client trop lent",
        AuditWord::Outcome(AuditOutcome::Cancelled) => "Annulé",
        AuditWord::Outcome(AuditOutcome::Failed) => "Échec",
        AuditWord::Outcome(AuditOutcome::Interrupted) => "Interrompu",
    }
}
