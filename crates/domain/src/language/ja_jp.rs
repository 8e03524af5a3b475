//! Japanese.

use super::AuditWord;
use super::{Direction, Translation};
use crate::{AuditAction, AuditColumn, AuditOutcome, AuditVia, Column, NoteWord, SummaryWord};

pub(super) const TRANSLATION: Translation = Translation {
    tag: "ja_JP",
    direction: Direction::LeftToRight,
    header,
    yes: "はい",
    no: "いいえ",
    sheet_name: "接続記録",
    file_stem: "デスクトップ接続記録",
    summary,
    note,
    audit_header,
    audit_word,
    audit_sheet_name: "エクスポート監査",
    audit_file_stem: "エクスポート監査",
};

const fn header(column: Column) -> &'static str {
    match column {
        Column::UserName => "ユーザー名",
        Column::ComputerName => "コンピューター名",
        Column::TerminalIp => "端末のIPアドレス",
        Column::TerminalType => "端末のOS種別",
        Column::DesktopIp => "デスクトップのIPアドレス",
        Column::PublicIp => "クライアントの出口IPアドレス",
        Column::ConnectionStartTime => "接続開始日時",
        Column::ConnectionSetupTime => "接続確立日時",
        Column::ConnectionEndTime => "接続終了日時",
        Column::Duration => "接続時間",
        Column::IsReconnect => "再接続",
        Column::ConnectionFailureReason => "失敗の原因",
        Column::NetworkRtt => "ネットワーク遅延 (ms)",
        Column::E2eRtt => "エンドツーエンド遅延 (ms)",
        Column::TerminalMac => "端末のMACアドレス",
        Column::TerminalName => "端末名",
        Column::ClientVersion => "AccessClientのバージョン",
        Column::AgentVersion => "AccessAgentのバージョン",
        Column::SourceIp => "クライアントの送信元IPアドレス",
        Column::DesktopId => "デスクトップID",
        Column::Sid => "デスクトップのSID",
        Column::TransactionId => "トランザクションID",
        Column::EnterpriseProjectId => "エンタープライズプロジェクトID",
    }
}

const fn summary(word: SummaryWord) -> &'static str {
    match word {
        SummaryWord::Summary => "集計",
        SummaryWord::Value => "値",
        SummaryWord::Records => "件数",
        SummaryWord::Filter => "絞り込み",
        SummaryWord::NoFilter => "なし (すべての記録)",
        SummaryWord::From => "{} 以降",
        SummaryWord::Before => "{} より前",
        SummaryWord::Total => "合計件数",
        SummaryWord::Day => "日付",
        SummaryWord::Earlier => "それ以前",
        SummaryWord::Others => "その他",
        SummaryWord::WithoutValue => "値なし",
        SummaryWord::Inexact => {
            "異なる値が多すぎるため正確に数えられません。各件数は最大 {} 少ない可能性があります"
        }
    }
}

const fn note(word: NoteWord) -> &'static str {
    match word {
        NoteWord::Notes => "備考",
        NoteWord::Sheet => "シート",
        NoteWord::Row => "行",
        NoteWord::Column => "列",
        NoteWord::Value => "値",
        NoteWord::More => "ほか {} 件",
    }
}

const fn audit_header(column: AuditColumn) -> &'static str {
    match column {
        AuditColumn::StartedAt => "開始日時",
        AuditColumn::EndedAt => "終了日時",
        AuditColumn::Duration => "所要時間",
        AuditColumn::User => "ユーザー",
        AuditColumn::Action => "操作",
        AuditColumn::Via => "経路",
        AuditColumn::Outcome => "結果",
        AuditColumn::Rows => "件数",
        AuditColumn::Bytes => "バイト数",
        AuditColumn::Requests => "リクエスト数",
        AuditColumn::Filter => "絞り込み",
        AuditColumn::Format => "形式",
        AuditColumn::Language => "言語",
        AuditColumn::TimeZone => "タイムゾーン",
        AuditColumn::Summary => "集計",
        AuditColumn::TaskIds => "タスクID",
        AuditColumn::ErrorCode => "エラーコード",
        AuditColumn::Reason => "理由",
        AuditColumn::Credential => "認証情報",
        AuditColumn::PeerAddress => "接続元アドレス",
        AuditColumn::ForwardedFor => "転送元",
        AuditColumn::RequestedProjectId => "要求されたプロジェクトID",
        AuditColumn::RequestId => "リクエストID",
        AuditColumn::Id => "監査ID",
    }
}

const fn audit_word(word: AuditWord) -> &'static str {
    match word {
        AuditWord::Via(AuditVia::Export) => "エクスポート",
        AuditWord::Via(AuditVia::Task) => "バックグラウンドでのエクスポート",
        AuditWord::Via(AuditVia::Download) => "ダウンロード",
        AuditWord::Via(AuditVia::Link) => "コンソールでのエクスポート",
        AuditWord::Via(AuditVia::List) => "一覧",
        AuditWord::Via(AuditVia::Session) => "セッション",
        AuditWord::Via(AuditVia::AccessKey) => "アクセスキー",
        AuditWord::Via(AuditVia::Audit) => "監査のエクスポート",
        AuditWord::Action(AuditAction::Read) => "読み取り",
        AuditWord::Action(AuditAction::Delete) => "削除",
        AuditWord::Action(AuditAction::SignIn) => "サインイン",
        AuditWord::Action(AuditAction::SignOut) => "サインアウト",
        AuditWord::Action(AuditAction::EndSession) => "セッションの終了",
        AuditWord::Action(AuditAction::MakeAccessKey) => "アクセスキーの作成",
        AuditWord::Action(AuditAction::RevokeAccessKey) => "アクセスキーの無効化",
        AuditWord::Outcome(AuditOutcome::Running) => "実行中",
        AuditWord::Outcome(AuditOutcome::Done) => "完了",
        AuditWord::Outcome(AuditOutcome::Refused) => "拒否",
        AuditWord::Outcome(AuditOutcome::ClientLeft) => "クライアントが切断",
        AuditWord::Outcome(AuditOutcome::ClientSlow) => "クライアントの受信が遅すぎる",
        AuditWord::Outcome(AuditOutcome::Cancelled) => "キャンセル済み",
        AuditWord::Outcome(AuditOutcome::Failed) => "失敗",
        AuditWord::Outcome(AuditOutcome::Interrupted) => "中断",
    }
}
