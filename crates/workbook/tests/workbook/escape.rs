//! What the XML of a text looks like, character by character: the escapes are Excel's own.

use crate::{reader, table};

#[track_caller]
fn assert_xml(text: &str, expected: &str) {
    let file = table::texts(&[text]);
    let xml = reader::part(&file, "xl/worksheets/sheet1.xml");
    let (_, row) = xml.split_once(r#"<row r="2">"#).unwrap();
    let (_, rest) = row.split_once("<is>").unwrap();
    let (found, _) = rest.split_once("</is>").unwrap();
    assert_eq!(found, expected, "{text:?}");
}

#[test]
fn what_xml_forbids_is_escaped_as_excel_does() {
    assert_xml("a\u{0}b", "<t>a_x0000_b</t>");
    assert_xml("a\u{1B}b", "<t>a_x001B_b</t>");
    assert_xml("a\rb", "<t>a_x000D_b</t>");
    assert_xml("a\r\nb", "<t>a_x000D_\nb</t>");
    assert_xml("a\u{FFFE}\u{FFFF}b", "<t>a_xFFFE__xFFFF_b</t>");
}

#[test]
fn what_xml_allows_stays_as_it_is() {
    assert_xml("a\tb\nc", "<t>a\tb\nc</t>");
    assert_xml(
        "\u{7F}\u{85}\u{2028}\u{FFFD}\u{1FFFE}😀",
        "<t>\u{7F}\u{85}\u{2028}\u{FFFD}\u{1FFFE}😀</t>",
    );
}

#[test]
fn markup_is_escaped() {
    assert_xml(
        "<a href=\"b\">&amp;]]>",
        "<t>&lt;a href=\"b\"&gt;&amp;amp;]]&gt;</t>",
    );
}

#[test]
fn literal_text_that_reads_as_an_escape_is_escaped_once() {
    assert_xml("_x000D_", "<t>_x005F_x000D_</t>");
    assert_xml("_x005F_", "<t>_x005F_x005F_</t>");
    assert_xml("_xabCD_x0041_", "<t>_x005F_xabCD_x005F_x0041_</t>");
}

#[test]
fn literal_text_that_reads_as_no_escape_stays() {
    for text in [
        "_x000D", "_xG00D_", "_X000D_", "x000D_", "_x00D_", "_x用00_",
    ] {
        assert_xml(text, &format!("<t>{text}</t>"));
    }
}

#[test]
fn an_escape_cannot_borrow_its_end_from_the_next() {
    assert_xml("_x003D\r", "<t>_x005F_x003D_x000D_</t>");
    assert_xml("_x0041\u{1}", "<t>_x005F_x0041_x0001_</t>");
    assert_xml("_x003D_\r", "<t>_x005F_x003D__x000D_</t>");
}

#[test]
fn blanks_at_the_ends_are_preserved() {
    for text in [" a", "a ", "\ta", "a\n", " "] {
        assert_xml(text, &format!("<t xml:space=\"preserve\">{text}</t>"));
    }
    assert_xml("a b", "<t>a b</t>");
}
