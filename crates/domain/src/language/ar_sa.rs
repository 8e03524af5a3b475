//! Arabic, as in Saudi Arabia. It is written from right to left.

use super::AuditWord;
use super::{Direction, Translation};
use crate::{AuditAction, AuditColumn, AuditOutcome, AuditVia, Column, NoteWord, SummaryWord};

pub(super) const TRANSLATION: Translation = Translation {
    tag: "ar_SA",
    direction: Direction::RightToLeft,
    header,
    yes: "نعم",
    no: "لا",
    sheet_name: "سجلات الاتصال",
    file_stem: "سجلات-اتصال-أسطح-المكتب",
    summary,
    note,
    audit_header,
    audit_word,
    audit_sheet_name: "تدقيق عمليات التصدير",
    audit_file_stem: "تدقيق-عمليات-التصدير",
};

const fn header(column: Column) -> &'static str {
    match column {
        Column::UserName => "اسم المستخدم",
        Column::ComputerName => "اسم الكمبيوتر",
        Column::TerminalIp => "عنوان IP للجهاز الطرفي",
        Column::TerminalType => "نظام تشغيل الجهاز الطرفي",
        Column::DesktopIp => "عنوان IP لسطح المكتب",
        Column::PublicIp => "عنوان IP لخروج العميل",
        Column::ConnectionStartTime => "وقت بدء الاتصال",
        Column::ConnectionSetupTime => "وقت إنشاء الاتصال",
        Column::ConnectionEndTime => "وقت انتهاء الاتصال",
        Column::Duration => "المدة",
        Column::IsReconnect => "إعادة اتصال",
        Column::ConnectionFailureReason => "سبب الفشل",
        Column::NetworkRtt => "زمن انتقال الشبكة (مللي ثانية)",
        Column::E2eRtt => "زمن الانتقال من طرف إلى طرف (مللي ثانية)",
        Column::TerminalMac => "عنوان MAC للجهاز الطرفي",
        Column::TerminalName => "اسم الجهاز الطرفي",
        Column::ClientVersion => "إصدار AccessClient",
        Column::AgentVersion => "إصدار AccessAgent",
        Column::SourceIp => "عنوان IP لمصدر العميل",
        Column::DesktopId => "معرّف سطح المكتب",
        Column::Sid => "معرّف أمان سطح المكتب (SID)",
        Column::TransactionId => "معرّف المعاملة",
        Column::EnterpriseProjectId => "معرّف مشروع المؤسسة",
    }
}

const fn summary(word: SummaryWord) -> &'static str {
    // Digits and hyphens behind Arabic letters would be read from the right; U+200E keeps a time as it is.
    match word {
        SummaryWord::Summary => "ملخص",
        SummaryWord::Value => "القيمة",
        SummaryWord::Records => "عدد السجلات",
        SummaryWord::Filter => "التصفية",
        SummaryWord::NoFilter => "بدون: كل السجلات",
        SummaryWord::From => "من \u{200e}{}",
        SummaryWord::Before => "قبل \u{200e}{}",
        SummaryWord::Total => "إجمالي السجلات",
        SummaryWord::Day => "اليوم",
        SummaryWord::Earlier => "أقدم من ذلك",
        SummaryWord::Others => "كل ما عداها",
        SummaryWord::WithoutValue => "بدون قيمة",
        SummaryWord::Inexact => {
            "القيم المختلفة أكثر من أن تُحصى بدقة: قد ينقص كل عدد بما يصل إلى {}"
        }
    }
}

const fn note(word: NoteWord) -> &'static str {
    match word {
        NoteWord::Notes => "ملاحظات",
        NoteWord::Sheet => "الورقة",
        NoteWord::Row => "الصف",
        NoteWord::Column => "العمود",
        NoteWord::Value => "القيمة",
        NoteWord::More => "و{} أخرى",
    }
}

const fn audit_header(column: AuditColumn) -> &'static str {
    match column {
        AuditColumn::StartedAt => "وقت البدء",
        AuditColumn::EndedAt => "وقت الانتهاء",
        AuditColumn::Duration => "المدة",
        AuditColumn::User => "المستخدم",
        AuditColumn::Action => "الإجراء",
        AuditColumn::Via => "الطريقة",
        AuditColumn::Outcome => "النتيجة",
        AuditColumn::Rows => "عدد السجلات",
        AuditColumn::Bytes => "عدد البايتات",
        AuditColumn::Requests => "عدد الطلبات",
        AuditColumn::Filter => "التصفية",
        AuditColumn::Format => "التنسيق",
        AuditColumn::Language => "اللغة",
        AuditColumn::TimeZone => "المنطقة الزمنية",
        AuditColumn::Summary => "ملخص",
        AuditColumn::TaskIds => "معرّفات المهام",
        AuditColumn::ErrorCode => "رمز الخطأ",
        AuditColumn::Reason => "السبب",
        AuditColumn::Credential => "بيانات الاعتماد",
        AuditColumn::PeerAddress => "عنوان الطرف الآخر",
        AuditColumn::ForwardedFor => "محوّل نيابة عن",
        AuditColumn::RequestedProjectId => "معرّف المشروع المطلوب",
        AuditColumn::RequestId => "معرّف الطلب",
        AuditColumn::Id => "معرّف التدقيق",
    }
}

const fn audit_word(word: AuditWord) -> &'static str {
    match word {
        AuditWord::Via(AuditVia::Export) => "تصدير",
        AuditWord::Via(AuditVia::Task) => "تصدير في الخلفية",
        AuditWord::Via(AuditVia::Download) => "تنزيل",
        AuditWord::Via(AuditVia::Link) => "تصدير من وحدة التحكم",
        AuditWord::Via(AuditVia::List) => "قائمة",
        AuditWord::Via(AuditVia::Session) => "جلسة",
        AuditWord::Via(AuditVia::AccessKey) => "مفتاح وصول",
        AuditWord::Via(AuditVia::Audit) => "تصدير التدقيق",
        AuditWord::Action(AuditAction::Read) => "قراءة",
        AuditWord::Action(AuditAction::Delete) => "حذف",
        AuditWord::Action(AuditAction::SignIn) => "تسجيل دخول",
        AuditWord::Action(AuditAction::SignOut) => "تسجيل خروج",
        AuditWord::Action(AuditAction::EndSession) => "إنهاء جلسة",
        AuditWord::Action(AuditAction::MakeAccessKey) => "إنشاء مفتاح وصول",
        AuditWord::Action(AuditAction::RevokeAccessKey) => "إلغاء مفتاح وصول",
        AuditWord::Outcome(AuditOutcome::Running) => "قيد التنفيذ",
        AuditWord::Outcome(AuditOutcome::Done) => "مكتمل",
        AuditWord::Outcome(AuditOutcome::Refused) => "مرفوض",
        AuditWord::Outcome(AuditOutcome::ClientLeft) => "قطع العميل الاتصال",
        AuditWord::Outcome(AuditOutcome::ClientSlow) => "العميل بطيء جدًا",
        AuditWord::Outcome(AuditOutcome::Cancelled) => "أُلغي",
        AuditWord::Outcome(AuditOutcome::Failed) => "فاشل",
        AuditWord::Outcome(AuditOutcome::Interrupted) => "متوقف قبل اكتماله",
    }
}
