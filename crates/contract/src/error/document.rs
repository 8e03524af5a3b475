//! `docs/ERRORS.md` holds the table of codes, once in each language.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use deskledger_domain::Language;

use super::ErrorCode;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ERRORS.md");

/// The languages of the document, which are those of the table in the code.
const LANGUAGES: [Language; 2] = [Language::EnUs, Language::ZhCn];

/// The table of all codes, by status and then by code.
fn table(language: Language) -> String {
    let titles = match language {
        Language::ZhCn => "| 状态码 | 错误码 | 含义 | 处理方法 |",
        _ => "| status | code | meaning | what to do |",
    };
    let mut codes = ErrorCode::ALL.to_vec();
    codes.sort_by_key(|code| (code.status(), code.code()));
    let mut table = format!("{titles}\n| --- | --- | --- | --- |\n");
    for code in codes {
        let (status, name) = (code.status(), code.code());
        let (meaning, remedy) = (code.meaning(language), code.remedy(language));
        writeln!(table, "| {status} | `{name}` | {meaning} | {remedy} |").unwrap();
    }
    table
}

/// The document with its tables as they should be, each between its marks.
fn with_tables(document: &str) -> String {
    let mut written = document.to_owned();
    for language in LANGUAGES {
        let mark = format!("<!-- table {language}: ");
        let (head, rest) = written.split_once(&mark).unwrap();
        let (note, rest) = rest.split_once('\n').unwrap();
        let (_, tail) = rest.split_once("<!-- end -->").unwrap();
        written = format!("{head}{mark}{note}\n{}<!-- end -->{tail}", table(language));
    }
    written
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "an environment variable renews the file"
)]
fn the_document_of_errors_holds_the_table() {
    let path = Path::new(DOCUMENT);
    let document = fs::read_to_string(path).unwrap();
    let written = with_tables(&document);
    if std::env::var_os("DESKLEDGER_BLESS").is_some() {
        fs::write(path, written).unwrap();
    } else {
        assert!(
            document == written,
            "docs/ERRORS.md is not what the table of codes makes: it says how to write it anew"
        );
    }
}

#[test]
fn every_text_is_written_and_fits_into_a_table() {
    for code in ErrorCode::ALL {
        for language in LANGUAGES {
            for text in [code.meaning(language), code.remedy(language)] {
                assert!(!text.is_empty() && !text.contains(['|', '\n']), "{code:?}");
                let end = if language == Language::ZhCn {
                    '。'
                } else {
                    '.'
                };
                assert!(text.ends_with(end), "{code:?}: {text}");
            }
        }
    }
}
