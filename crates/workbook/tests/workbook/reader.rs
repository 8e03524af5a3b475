//! Looks into a workbook: its parts, its elements, its cells as the XML has them.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
};

use quick_xml::{Reader, events::Event};

/// An element with its own text and its attributes, in the order of the part.
#[derive(Debug, Default, Clone)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// A cell as the XML has it; the text is that of `<t>`, escapes not decoded.
#[derive(Debug, PartialEq, Eq, Clone)]
pub(crate) struct RawCell {
    pub(crate) reference: String,
    pub(crate) kind: Option<String>,
    pub(crate) style: usize,
    pub(crate) content: Option<String>,
}

/// The name of every entry, in the order of the file.
pub(crate) fn names(file: &[u8]) -> Vec<String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    (0..archive.len())
        .map(|index| {
            archive
                .by_index(index)
                .unwrap()
                .name()
                .unwrap()
                .into_owned()
        })
        .collect()
}

pub(crate) fn part(file: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let mut text = String::new();
    archive
        .by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// Parses a part; it must be well-formed and hold nothing that XML 1.0 forbids.
pub(crate) fn elements(file: &[u8], name: &str) -> Vec<Element> {
    let xml = part(file, name);
    assert!(
        xml.chars().all(is_xml_10),
        "{name} has a character that XML 1.0 forbids"
    );
    let mut reader = Reader::from_str(&xml);
    reader.config_mut().check_end_names = true;
    let mut open: Vec<usize> = Vec::new();
    let mut found: Vec<Element> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let element = element(&start, &found, &open);
                open.push(found.len());
                found.push(element);
            }
            Event::Empty(start) => {
                let element = element(&start, &found, &open);
                found.push(element);
            }
            Event::End(_) => {
                open.pop().unwrap();
            }
            Event::Text(text) => {
                if let Some(&at) = open.last() {
                    found[at].text.push_str(&text.xml10_content());
                }
            }
            Event::GeneralRef(reference) => {
                let character = match &*reference {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    _ => reference.resolve_char_ref().unwrap().unwrap(),
                };
                assert!(is_xml_10(character), "{name} refers to {character:?}");
                found[*open.last().unwrap()].text.push(character);
            }
            Event::Eof => break,
            Event::Decl(_) => {}
            other => panic!("{name} has {other:?}"),
        }
    }
    assert!(open.is_empty(), "{name} ends early");
    found
}

/// The cells of a sheet by its number, from 1.
pub(crate) fn cells(file: &[u8], sheet: usize) -> Vec<RawCell> {
    let mut cells: Vec<RawCell> = Vec::new();
    for element in elements(file, &format!("xl/worksheets/sheet{sheet}.xml")) {
        match element.name.as_str() {
            "c" => cells.push(RawCell {
                reference: element.attribute("r").unwrap().to_owned(),
                kind: element.attribute("t").map(str::to_owned),
                style: element
                    .attribute("s")
                    .map_or(0, |style| style.parse().unwrap()),
                content: None,
            }),
            "v" | "t" if element.path.contains("/c/") => {
                let cell = cells.last_mut().unwrap();
                assert_eq!(
                    cell.content.replace(element.text),
                    None,
                    "a cell with two contents"
                );
            }
            "f" | "r" | "hyperlink" | "hyperlinks" => {
                panic!("a formula, rich text or link: {element:?}")
            }
            _ => {}
        }
    }
    cells
}

/// Whether each cell style of the workbook has `quotePrefix`, by its number.
pub(crate) fn quoting(file: &[u8]) -> Vec<bool> {
    styles(file)
        .iter()
        .map(|style| style.attribute("quotePrefix") == Some("1"))
        .collect()
}

/// The format code of each cell style of the workbook, by its number; none for the general format.
pub(crate) fn formats(file: &[u8]) -> Vec<Option<String>> {
    let codes: BTreeMap<String, String> = elements(file, "xl/styles.xml")
        .into_iter()
        .filter(|element| element.name == "numFmt")
        .map(|element| {
            (
                element.attributes["numFmtId"].clone(),
                element.attributes["formatCode"].clone(),
            )
        })
        .collect();
    styles(file)
        .iter()
        .map(|style| match style.attribute("numFmtId").unwrap() {
            "0" => None,
            // Excel's own codes have numbers without a text.
            "1" => Some("0".to_owned()),
            "46" => Some("[h]:mm:ss".to_owned()),
            number => Some(codes[number].clone()),
        })
        .collect()
}

/// The cell styles of the workbook.
pub(crate) fn styles(file: &[u8]) -> Vec<Element> {
    elements(file, "xl/styles.xml")
        .into_iter()
        .filter(|element| element.path.ends_with("/cellXfs/xf"))
        .collect()
}

/// Decodes `_xHHHH_` as Excel does, from left to right.
pub(crate) fn decode(text: &str) -> String {
    let mut decoded = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("_x") {
        let (before, found) = rest.split_at(start);
        decoded.push_str(before);
        let code = found
            .get(2..6)
            .filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .filter(|_| found.get(6..7) == Some("_"));
        if let Some(code) = code {
            decoded.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
            rest = &found[7..];
        } else {
            decoded.push('_');
            rest = &found[1..];
        }
    }
    decoded.push_str(rest);
    decoded
}

fn element(
    start: &quick_xml::events::BytesStart<'_>,
    found: &[Element],
    open: &[usize],
) -> Element {
    let name = start.name().as_ref().to_owned();
    let parent = open.last().map_or("", |&at| found[at].path.as_str());
    Element {
        path: format!("{parent}/{name}"),
        name,
        attributes: start
            .attributes()
            .map(|attribute| {
                let attribute = attribute.unwrap();
                let value = quick_xml::escape::unescape(&attribute.value)
                    .unwrap()
                    .into_owned();
                assert!(value.chars().all(is_xml_10));
                (attribute.key.as_ref().to_owned(), value)
            })
            .collect(),
        text: String::new(),
    }
}

/// The characters of XML 1.0, section 2.2; without the carriage return, which a reader would change.
fn is_xml_10(character: char) -> bool {
    matches!(character, '\t' | '\n' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}
