//! Spanish, as in Spain.

use super::AuditWord;
use super::{Direction, Translation};
use crate::{AuditAction, AuditColumn, AuditOutcome, AuditVia, Column, NoteWord, SummaryWord};

pub(super) const TRANSLATION: Translation = Translation {
    tag: "es_ES",
    direction: Direction::LeftToRight,
    header,
    yes: "Sí",
    no: "No",
    sheet_name: "Registros de conexión",
    file_stem: "conexiones-de-escritorios",
    summary,
    note,
    audit_header,
    audit_word,
    audit_sheet_name: "Auditoría de exportación",
    audit_file_stem: "auditoría-de-exportación",
};

const fn header(column: Column) -> &'static str {
    match column {
        Column::UserName => "Nombre de usuario",
        Column::ComputerName => "Nombre del equipo",
        Column::TerminalIp => "Dirección IP del terminal",
        Column::TerminalType => "Sistema operativo del terminal",
        Column::DesktopIp => "Dirección IP del escritorio",
        Column::PublicIp => "Dirección IP de salida del cliente",
        Column::ConnectionStartTime => "Inicio de la conexión",
        Column::ConnectionSetupTime => "Conexión establecida",
        Column::ConnectionEndTime => "Fin de la conexión",
        Column::Duration => "Duración",
        Column::IsReconnect => "Reconexión",
        Column::ConnectionFailureReason => "Causa del error",
        Column::NetworkRtt => "Latencia de red (ms)",
        Column::E2eRtt => "Latencia de extremo a extremo (ms)",
        Column::TerminalMac => "Dirección MAC del terminal",
        Column::TerminalName => "Nombre del terminal",
        Column::ClientVersion => "Versión de AccessClient",
        Column::AgentVersion => "Versión de AccessAgent",
        Column::SourceIp => "Dirección IP de origen del cliente",
        Column::DesktopId => "ID del escritorio",
        Column::Sid => "SID del escritorio",
        Column::TransactionId => "ID de transacción",
        Column::EnterpriseProjectId => "ID del proyecto empresarial",
    }
}

const fn summary(word: SummaryWord) -> &'static str {
    match word {
        SummaryWord::Summary => "Resumen",
        SummaryWord::Value => "Valor",
        SummaryWord::Records => "Registros",
        SummaryWord::Filter => "Filtro",
        SummaryWord::NoFilter => "Ninguno: todos los registros",
        SummaryWord::From => "desde {}",
        SummaryWord::Before => "antes de {}",
        SummaryWord::Total => "Total de registros",
        SummaryWord::Day => "Día",
        SummaryWord::Earlier => "anteriores",
        SummaryWord::Others => "todos los demás",
        SummaryWord::WithoutValue => "sin valor",
        SummaryWord::Inexact => {
            "Demasiados valores distintos para contarlos con exactitud: a cada recuento pueden faltarle hasta {}"
        }
    }
}

const fn note(word: NoteWord) -> &'static str {
    match word {
        NoteWord::Notes => "Notas",
        NoteWord::Sheet => "Hoja",
        NoteWord::Row => "Fila",
        NoteWord::Column => "Columna",
        NoteWord::Value => "Valor",
        NoteWord::More => "y {} más",
    }
}

const fn audit_header(column: AuditColumn) -> &'static str {
    match column {
        AuditColumn::StartedAt => "Inicio",
        AuditColumn::EndedAt => "Fin",
        AuditColumn::Duration => "Duración",
        AuditColumn::User => "Usuario",
        AuditColumn::Action => "Acción",
        AuditColumn::Via => "Vía",
        AuditColumn::Outcome => "Resultado",
        AuditColumn::Rows => "Registros",
        AuditColumn::Bytes => "Bytes",
        AuditColumn::Requests => "Solicitudes",
        AuditColumn::Filter => "Filtro",
        AuditColumn::Format => "Formato",
        AuditColumn::Language => "Idioma",
        AuditColumn::TimeZone => "Zona horaria",
        AuditColumn::Summary => "Resumen",
        AuditColumn::TaskIds => "ID de las tareas",
        AuditColumn::ErrorCode => "Código de error",
        AuditColumn::Reason => "Motivo",
        AuditColumn::Credential => "Credencial",
        AuditColumn::PeerAddress => "Dirección remota",
        AuditColumn::ForwardedFor => "Reenviado en nombre de",
        AuditColumn::RequestedProjectId => "ID del proyecto solicitado",
        AuditColumn::RequestId => "ID de la solicitud",
        AuditColumn::Id => "ID de la auditoría",
    }
}

const fn audit_word(word: AuditWord) -> &'static str {
    match word {
        AuditWord::Via(AuditVia::Export) => "Exportación",
        AuditWord::Via(AuditVia::Task) => "Exportación en segundo plano",
        AuditWord::Via(AuditVia::Download) => "Descarga",
        AuditWord::Via(AuditVia::Link) => "Exportación en la consola",
        AuditWord::Via(AuditVia::List) => "Lista",
        AuditWord::Via(AuditVia::Session) => "Sesión",
        AuditWord::Via(AuditVia::AccessKey) => "Clave de acceso",
        AuditWord::Via(AuditVia::Audit) => "Exportación de la auditoría",
        AuditWord::Action(AuditAction::Read) => "Leído",
        AuditWord::Action(AuditAction::Delete) => "Eliminación",
        AuditWord::Action(AuditAction::SignIn) => "Inicio de sesión",
        AuditWord::Action(AuditAction::SignOut) => "Cierre de sesión",
        AuditWord::Action(AuditAction::EndSession) => "Sesión terminada",
        AuditWord::Action(AuditAction::MakeAccessKey) => "Clave de acceso creada",
        AuditWord::Action(AuditAction::RevokeAccessKey) => "Clave de acceso revocada",
        AuditWord::Outcome(AuditOutcome::Running) => "En curso",
        AuditWord::Outcome(AuditOutcome::Done) => "Completada",
        AuditWord::Outcome(AuditOutcome::Refused) => "Denegada",
        AuditWord::Outcome(AuditOutcome::ClientLeft) => "El cliente se desconectó",
        AuditWord::Outcome(AuditOutcome::ClientSlow) => "Cliente demasiado lento",
        AuditWord::Outcome(AuditOutcome::Cancelled) => "Cancelado",
        AuditWord::Outcome(AuditOutcome::Failed) => "Con error",
        AuditWord::Outcome(AuditOutcome::Interrupted) => "Interrumpida",
    }
}
