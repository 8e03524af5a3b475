use deskledger_domain::Language;

use super::status::Status;

/// One row for each error code: what it means and what to do, in English and Chinese. `docs/ERRORS.md` is written from it.
pub(super) struct Row {
    pub(super) status: Status,
    pub(super) code: &'static str,
    pub(super) meaning: Text,
    pub(super) remedy: Text,
}

/// A text in English and Chinese; another language reads the English one.
pub(super) struct Text {
    pub(super) en_us: &'static str,
    pub(super) zh_cn: &'static str,
}

impl Text {
    pub(super) const fn text(&self, language: Language) -> &'static str {
        match language {
            Language::ZhCn => self.zh_cn,
            _ => self.en_us,
        }
    }
}
