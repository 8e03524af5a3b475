//! Every language over HTTP: the words of the workbook, its names, and the side on which its sheets begin.

use chrono_tz::Tz;
use deskledger_domain::{Column, Language};
use deskledger_tests::{Database, PROJECT, Service, on_both_databases, part, sheets};

use crate::record::bare;

on_both_databases! { a_workbook_is_in_the_language_that_was_asked_for }

fn a_workbook_is_in_the_language_that_was_asked_for(database: &Database) {
    let reconnection = |id: &str, is_reconnect| {
        let mut fields = bare(id, "2020-04-24T03:02:47Z");
        fields.is_reconnect = Some(is_reconnect);
        fields
    };
    database.fill(PROJECT, [reconnection("2", true), reconnection("1", false)]);
    let service = Service::start(database);
    for language in Language::ALL {
        let answer = service.export(&format!("language={language}&time_zone=Asia/Riyadh"));
        assert_eq!(answer.status, 200, "{language}");

        let sheet = sheets(&answer.body).remove(0);
        assert_eq!(sheet.name, language.sheet_name());
        let header = |column: Column| column.header(language, Tz::Asia__Riyadh).into_owned();
        assert_eq!(sheet.header, Column::ALL.map(header));
        assert_eq!(
            sheet.texts(&header(Column::IsReconnect)),
            [language.yes(), language.no()]
        );

        let name = format!("{}-20200501T080000Z.xlsx", language.file_stem());
        let disposition = answer.header("content-disposition").unwrap();
        let encoded = disposition.split_once("filename*=UTF-8''").unwrap().1;
        assert_eq!(decode(encoded), name);
        assert!(disposition.is_ascii(), "{disposition}");

        let right_to_left = sheet_view(&answer.body).contains("rightToLeft=\"1\"");
        assert_eq!(right_to_left, language == Language::ArSa, "{language}");
    }
}

/// A percent-encoded text, decoded.
fn decode(encoded: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            let digits = std::str::from_utf8(&digits).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The element of the first sheet that says how it is seen.
fn sheet_view(workbook: &[u8]) -> String {
    let sheet = part(workbook, "xl/worksheets/sheet1.xml");
    let start = sheet.find("<sheetView ").unwrap();
    let end = start + sheet[start..].find('>').unwrap();
    sheet[start..end].to_owned()
}
