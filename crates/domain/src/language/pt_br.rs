//! Portuguese, as in Brazil.

use super::AuditWord;
use super::{Direction, Translation};
use crate::{AuditAction, AuditColumn, AuditOutcome, AuditVia, Column, NoteWord, SummaryWord};

pub(super) const TRANSLATION: Translation = Translation {
    tag: "pt_BR",
    direction: Direction::LeftToRight,
    header,
    yes: "Sim",
    no: "Não",
    sheet_name: "Registros de conexão",
    file_stem: "conexões-de-desktops",
    summary,
    note,
    audit_header,
    audit_word,
    audit_sheet_name: "Auditoria de exportações",
    audit_file_stem: "auditoria-de-exportações",
};

const fn header(column: Column) -> &'static str {
    match column {
        Column::UserName => "Nome de usuário",
        Column::ComputerName => "Nome do computador",
        Column::TerminalIp => "Endereço IP do terminal",
        Column::TerminalType => "Sistema operacional do terminal",
        Column::DesktopIp => "Endereço IP do desktop",
        Column::PublicIp => "Endereço IP de saída do cliente",
        Column::ConnectionStartTime => "Início da conexão",
        Column::ConnectionSetupTime => "Conexão estabelecida",
        Column::ConnectionEndTime => "Fim da conexão",
        Column::Duration => "Duração",
        Column::IsReconnect => "Reconexão",
        Column::ConnectionFailureReason => "Causa da falha",
        Column::NetworkRtt => "Latência de rede (ms)",
        Column::E2eRtt => "Latência de ponta a ponta (ms)",
        Column::TerminalMac => "Endereço MAC do terminal",
        Column::TerminalName => "Nome do terminal",
        Column::ClientVersion => "Versão do AccessClient",
        Column::AgentVersion => "Versão do AccessAgent",
        Column::SourceIp => "Endereço IP de origem do cliente",
        Column::DesktopId => "ID do desktop",
        Column::Sid => "SID do desktop",
        Column::TransactionId => "ID da transação",
        Column::EnterpriseProjectId => "ID do projeto empresarial",
    }
}

const fn summary(word: SummaryWord) -> &'static str {
    match word {
        SummaryWord::Summary => "Resumo",
        SummaryWord::Value => "Valor",
        SummaryWord::Records => "Registros",
        SummaryWord::Filter => "Filtro",
        SummaryWord::NoFilter => "Nenhum: todos os registros",
        SummaryWord::From => "a partir de {}",
        SummaryWord::Before => "antes de {}",
        SummaryWord::Total => "Total de registros",
        SummaryWord::Day => "Dia",
        SummaryWord::Earlier => "anteriores",
        SummaryWord::Others => "todos os demais",
        SummaryWord::WithoutValue => "sem valor",
        SummaryWord::Inexact => {
            "Valores diferentes demais para uma contagem exata: a cada contagem podem faltar até {}"
        }
    }
}

const fn note(word: NoteWord) -> &'static str {
    match word {
        NoteWord::Notes => "Notas",
        NoteWord::Sheet => "Planilha",
        NoteWord::Row => "Linha",
        NoteWord::Column => "Coluna",
        NoteWord::Value => "Valor",
        NoteWord::More => "e mais {}",
    }
}

const fn audit_header(column: AuditColumn) -> &'static str {
    match column {
        AuditColumn::StartedAt => "Início",
        AuditColumn::EndedAt => "Fim",
        AuditColumn::Duration => "Duração",
        AuditColumn::User => "Usuário",
        AuditColumn::Action => "Ação",
        AuditColumn::Via => "Via",
        AuditColumn::Outcome => "Resultado",
        AuditColumn::Rows => "Registros",
        AuditColumn::Bytes => "Bytes",
        AuditColumn::Requests => "Solicitações",
        AuditColumn::Filter => "Filtro",
        AuditColumn::Format => "Formato",
        AuditColumn::Language => "Idioma",
        AuditColumn::TimeZone => "Fuso horário",
        AuditColumn::Summary => "Resumo",
        AuditColumn::TaskIds => "IDs das tarefas",
        AuditColumn::ErrorCode => "Código de erro",
        AuditColumn::Reason => "Motivo",
        AuditColumn::Credential => "Credencial",
        AuditColumn::PeerAddress => "Endereço remoto",
        AuditColumn::ForwardedFor => "Encaminhado em nome de",
        AuditColumn::RequestedProjectId => "ID do projeto solicitado",
        AuditColumn::RequestId => "ID da solicitação",
        AuditColumn::Id => "ID da auditoria",
    }
}

const fn audit_word(word: AuditWord) -> &'static str {
    match word {
        AuditWord::Via(AuditVia::Export) => "Exportação",
        AuditWord::Via(AuditVia::Task) => "Exportação em segundo plano",
        AuditWord::Via(AuditVia::Download) => "Download",
        AuditWord::Via(AuditVia::Link) => "Exportação no console",
        AuditWord::Via(AuditVia::List) => "Lista",
        AuditWord::Via(AuditVia::Session) => "Sessão",
        AuditWord::Via(AuditVia::AccessKey) => "Chave de acesso",
        AuditWord::Via(AuditVia::Audit) => "Exportação da auditoria",
        AuditWord::Action(AuditAction::Read) => "Lido",
        AuditWord::Action(AuditAction::Delete) => "Exclusão",
        AuditWord::Action(AuditAction::SignIn) => "Entrada",
        AuditWord::Action(AuditAction::SignOut) => "Saída",
        AuditWord::Action(AuditAction::EndSession) => "Sessão encerrada",
        AuditWord::Action(AuditAction::MakeAccessKey) => "Chave de acesso criada",
        AuditWord::Action(AuditAction::RevokeAccessKey) => "Chave de acesso revogada",
        AuditWord::Outcome(AuditOutcome::Running) => "Em andamento",
        AuditWord::Outcome(AuditOutcome::Done) => "Concluída",
        AuditWord::Outcome(AuditOutcome::Refused) => "Recusada",
        AuditWord::Outcome(AuditOutcome::ClientLeft) => "O cliente se desconectou",
        AuditWord::Outcome(AuditOutcome::ClientSlow) => "Cliente lento demais",
        AuditWord::Outcome(AuditOutcome::Cancelled) => "Cancelado",
        AuditWord::Outcome(AuditOutcome::Failed) => "Com falha",
        AuditWord::Outcome(AuditOutcome::Interrupted) => "Interrompida",
    }
}
