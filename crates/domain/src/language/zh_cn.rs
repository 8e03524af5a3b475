//! Simplified Chinese.

use super::AuditWord;
use super::{Direction, Translation};
use crate::{AuditAction, AuditColumn, AuditOutcome, AuditVia, Column, NoteWord, SummaryWord};

pub(super) const TRANSLATION: Translation = Translation {
    tag: "zh_CN",
    direction: Direction::LeftToRight,
    header,
    yes: "是",
    no: "否",
    sheet_name: "连接记录",
    file_stem: "桌面连接记录",
    summary,
    note,
    audit_header,
    audit_word,
    audit_sheet_name: "导出审计",
    audit_file_stem: "导出审计",
};

const fn header(column: Column) -> &'static str {
    match column {
        Column::UserName => "用户名",
        Column::ComputerName => "计算机名",
        Column::TerminalIp => "终端IP",
        Column::TerminalType => "终端系统类型",
        Column::DesktopIp => "桌面IP",
        Column::PublicIp => "客户端出口IP",
        Column::ConnectionStartTime => "开始连接时间",
        Column::ConnectionSetupTime => "建立连接时间",
        Column::ConnectionEndTime => "结束连接时间",
        Column::Duration => "连接时长",
        Column::IsReconnect => "是否重连",
        Column::ConnectionFailureReason => "连接失败原因",
        Column::NetworkRtt => "网络时延(ms)",
        Column::E2eRtt => "端到端时延(ms)",
        Column::TerminalMac => "终端MAC地址",
        Column::TerminalName => "终端名称",
        Column::ClientVersion => "AccessClient版本",
        Column::AgentVersion => "AccessAgent版本",
        Column::SourceIp => "客户端源IP",
        Column::DesktopId => "桌面ID",
        Column::Sid => "桌面SID",
        Column::TransactionId => "事务ID",
        Column::EnterpriseProjectId => "企业项目ID",
    }
}

const fn summary(word: SummaryWord) -> &'static str {
    match word {
        SummaryWord::Summary => "汇总",
        SummaryWord::Value => "值",
        SummaryWord::Records => "记录数",
        SummaryWord::Filter => "筛选条件",
        SummaryWord::NoFilter => "无 (全部记录)",
        SummaryWord::From => "自 {} 起",
        SummaryWord::Before => "早于 {}",
        SummaryWord::Total => "记录总数",
        SummaryWord::Day => "日期",
        SummaryWord::Earlier => "更早",
        SummaryWord::Others => "其他",
        SummaryWord::WithoutValue => "无值",
        SummaryWord::Inexact => "不同的值过多，无法精确计数：每项最多可能少计 {}",
    }
}

const fn note(word: NoteWord) -> &'static str {
    match word {
        NoteWord::Notes => "备注",
        NoteWord::Sheet => "工作表",
        NoteWord::Row => "行",
        NoteWord::Column => "列",
        NoteWord::Value => "值",
        NoteWord::More => "另有 {} 条",
    }
}

const fn audit_header(column: AuditColumn) -> &'static str {
    match column {
        AuditColumn::StartedAt => "开始时间",
        AuditColumn::EndedAt => "结束时间",
        AuditColumn::Duration => "时长",
        AuditColumn::User => "用户",
        AuditColumn::Action => "操作",
        AuditColumn::Via => "途径",
        AuditColumn::Outcome => "结果",
        AuditColumn::Rows => "记录数",
        AuditColumn::Bytes => "字节数",
        AuditColumn::Requests => "请求数",
        AuditColumn::Filter => "筛选条件",
        AuditColumn::Format => "格式",
        AuditColumn::Language => "语言",
        AuditColumn::TimeZone => "时区",
        AuditColumn::Summary => "汇总",
        AuditColumn::TaskIds => "任务ID",
        AuditColumn::ErrorCode => "错误码",
        AuditColumn::Reason => "原因",
        AuditColumn::Credential => "凭证",
        AuditColumn::PeerAddress => "对端地址",
        AuditColumn::ForwardedFor => "转发来源",
        AuditColumn::RequestedProjectId => "请求的项目ID",
        AuditColumn::RequestId => "请求ID",
        AuditColumn::Id => "审计ID",
    }
}

const fn audit_word(word: AuditWord) -> &'static str {
    match word {
        AuditWord::Via(AuditVia::Export) => "导出",
        AuditWord::Via(AuditVia::Task) => "后台导出",
        AuditWord::Via(AuditVia::Download) => "下载",
        AuditWord::Via(AuditVia::Link) => "控制台导出",
        AuditWord::Via(AuditVia::List) => "列表查询",
        AuditWord::Via(AuditVia::Session) => "会话",
        AuditWord::Via(AuditVia::AccessKey) => "访问密钥",
        AuditWord::Via(AuditVia::Audit) => "导出审计",
        AuditWord::Action(AuditAction::Read) => "读取",
        AuditWord::Action(AuditAction::Delete) => "删除",
        AuditWord::Action(AuditAction::SignIn) => "登录",
        AuditWord::Action(AuditAction::SignOut) => "退出登录",
        AuditWord::Action(AuditAction::EndSession) => "结束会话",
        AuditWord::Action(AuditAction::MakeAccessKey) => "创建访问密钥",
        AuditWord::Action(AuditAction::RevokeAccessKey) => "吊销访问密钥",
        AuditWord::Outcome(AuditOutcome::Running) => "进行中",
        AuditWord::Outcome(AuditOutcome::Done) => "已完成",
        AuditWord::Outcome(AuditOutcome::Refused) => "被拒绝",
        AuditWord::Outcome(AuditOutcome::ClientLeft) => "客户端已断开",
        AuditWord::Outcome(AuditOutcome::ClientSlow) => "客户端过慢",
        AuditWord::Outcome(AuditOutcome::Cancelled) => "已取消",
        AuditWord::Outcome(AuditOutcome::Failed) => "失败",
        AuditWord::Outcome(AuditOutcome::Interrupted) => "已中断",
    }
}
