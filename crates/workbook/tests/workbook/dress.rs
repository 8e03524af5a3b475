//! The look of the sheets.

use deskledger_workbook::{Cell, Column, ColumnKind, WorkbookWriter};

use crate::{
    reader::{self, Element},
    table,
};

fn find(file: &[u8], part: &str, name: &str) -> Vec<Element> {
    reader::elements(file, part)
        .into_iter()
        .filter(|element| element.name == name)
        .collect()
}

fn sheet(file: &[u8], number: usize, name: &str) -> Vec<Element> {
    find(file, &format!("xl/worksheets/sheet{number}.xml"), name)
}

#[test]
fn a_sheet_prints_in_landscape_on_the_width_of_a_page_with_its_header_on_each() {
    let file = table::sheets(5, 2);
    for number in 1..=3 {
        let set_up = sheet(&file, number, "pageSetup").remove(0);
        assert_eq!(set_up.attribute("orientation"), Some("landscape"));
        assert_eq!(set_up.attribute("fitToWidth"), None, "one by default");
        assert_eq!(set_up.attribute("fitToHeight"), Some("0"));
        let fit = sheet(&file, number, "pageSetUpPr").remove(0);
        assert_eq!(fit.attribute("fitToPage"), Some("1"));
    }
    let mut titles: Vec<_> = find(&file, "xl/workbook.xml", "definedName")
        .into_iter()
        .filter(|name| name.attribute("name") == Some("_xlnm.Print_Titles"))
        .map(|name| name.text)
        .collect();
    titles.sort_unstable();
    assert_eq!(
        titles,
        ["'Rows (2)'!$1:$1", "'Rows (3)'!$1:$1", "Rows!$1:$1"]
    );
}

#[test]
fn numbers_do_not_touch_the_text_beside_them() {
    let columns = vec![
        Column::new("a", ColumnKind::Integer),
        Column::new("b", ColumnKind::Decimal),
        Column::new("c", ColumnKind::DateTime),
        Column::new("d", ColumnKind::Duration),
    ];
    let mut writer = WorkbookWriter::builder(columns).build(Vec::new()).unwrap();
    writer
        .append(&[
            Cell::Integer(1),
            Cell::Decimal(0.5),
            Cell::DateTime("2026-03-01T00:00:00".parse().unwrap()),
            Cell::Duration(chrono::TimeDelta::hours(1)),
        ])
        .unwrap();
    let (file, _) = writer.finish().unwrap();
    let all = reader::elements(&file, "xl/styles.xml");
    let styles: Vec<_> = all
        .iter()
        .filter(|element| element.path.contains("/cellXfs/xf"))
        .collect();
    let alignment = |style: usize| {
        let at = (0..styles.len()).filter(|&at| styles[at].name == "xf");
        let at = at.collect::<Vec<_>>()[style];
        let alignment = styles[at + 1];
        assert_eq!(alignment.name, "alignment");
        (
            alignment.attribute("horizontal"),
            alignment.attribute("indent"),
        )
    };
    let cells = reader::cells(&file, 1);
    for cell in &cells[4..8] {
        assert_eq!(
            alignment(cell.style),
            (Some("right"), Some("1")),
            "{cell:?}"
        );
    }
}

#[test]
fn every_sheet_has_its_header_frozen() {
    let file = table::sheets(5, 2);
    for number in 1..=3 {
        let pane = sheet(&file, number, "pane").remove(0);
        assert_eq!(pane.attribute("state"), Some("frozen"));
        assert_eq!(
            (pane.attribute("ySplit"), pane.attribute("xSplit")),
            (Some("1"), None)
        );
        assert_eq!(pane.attribute("topLeftCell"), Some("A2"));
    }
}

#[test]
fn every_filter_covers_the_header_and_all_data_rows() {
    let file = table::sheets(5, 2);
    let filters = (1..=3).map(|number| sheet(&file, number, "autoFilter").remove(0));
    let ranges: Vec<_> = filters
        .map(|filter| filter.attributes["ref"].clone())
        .collect();
    assert_eq!(ranges, ["A1:B3", "A1:B3", "A1:B2"]);
    let mut names = find(&file, "xl/workbook.xml", "definedName");
    names.retain(|name| name.attribute("name") != Some("_xlnm.Print_Titles"));
    names.sort_by_key(|name| name.attributes["localSheetId"].clone());
    let names: Vec<_> = names
        .iter()
        .map(|name| (name.attribute("name").unwrap(), name.text.as_str()))
        .collect();
    let filter = "_xlnm._FilterDatabase";
    assert_eq!(
        names,
        [
            (filter, "Rows!$A$1:$B$3"),
            (filter, "'Rows (2)'!$A$1:$B$3"),
            (filter, "'Rows (3)'!$A$1:$B$2"),
        ]
    );
}

#[test]
fn the_filter_of_no_rows_covers_the_header() {
    let file = table::sheets(0, 2);
    assert_eq!(
        sheet(&file, 1, "autoFilter")[0].attribute("ref"),
        Some("A1:B1")
    );
}

#[test]
fn the_header_is_bold_on_a_fill_with_a_border_below() {
    let file = table::sheets(3, 2);
    let styles = reader::styles(&file);
    let dressed = |part: &str, index: &str, inside: &str| {
        let all = reader::elements(&file, "xl/styles.xml");
        let starts: Vec<_> = (0..all.len())
            .filter(|&at| all[at].path.ends_with(part))
            .collect();
        let at = starts[index.parse::<usize>().unwrap()];
        all[at + 1..]
            .iter()
            .take_while(|element| element.path.starts_with(&format!("{}/", all[at].path)))
            .any(|element| {
                element.path.ends_with(inside) && (inside == "/b" || !element.attributes.is_empty())
            })
    };
    for number in [1, 2] {
        for cell in reader::cells(&file, number) {
            let style = &styles[cell.style];
            let is_header = cell.reference.ends_with('1') && cell.reference.len() == 2;
            let looks = [
                dressed("/fonts/font", &style.attributes["fontId"], "/b"),
                dressed("/fills/fill", &style.attributes["fillId"], "/fgColor"),
                dressed("/borders/border", &style.attributes["borderId"], "/bottom"),
            ];
            assert_eq!(looks, [is_header; 3], "{cell:?}");
        }
    }
}

#[test]
fn columns_have_the_widths_asked_for_on_every_sheet() {
    let columns = vec![
        Column::new("a", ColumnKind::Text).width(24.0),
        Column::new("b", ColumnKind::DateTime),
        Column::new("c", ColumnKind::Text).width(255.0),
    ];
    let mut writer = WorkbookWriter::builder(columns)
        .rows_per_sheet(1)
        .build(Vec::new())
        .unwrap();
    for _ in 0..2 {
        writer.append(&[Cell::Empty; 3]).unwrap();
    }
    let (file, _) = writer.finish().unwrap();
    for number in [1, 2] {
        let widths = sheet(&file, number, "col").into_iter().map(|column| {
            assert_eq!(column.attribute("customWidth"), Some("1"));
            column.attributes["width"].parse::<f64>().unwrap().floor()
        });
        assert_eq!(widths.collect::<Vec<_>>(), [24.0, 22.0, 255.0]);
    }
}

#[test]
fn the_first_sheet_is_the_active_one() {
    let file = table::sheets(3, 1);
    let selected: Vec<_> = (1..=3)
        .map(|number| {
            sheet(&file, number, "sheetView")
                .remove(0)
                .attributes
                .contains_key("tabSelected")
        })
        .collect();
    assert_eq!(selected, [true, false, false]);
    assert_eq!(
        find(&file, "xl/workbook.xml", "workbookView")[0].attribute("activeTab"),
        None
    );
}

#[test]
fn every_sheet_is_read_from_the_right_where_that_was_asked_for() {
    for right_to_left in [false, true] {
        let mut writer = WorkbookWriter::builder(vec![Column::new("a", ColumnKind::Text)])
            .rows_per_sheet(1)
            .right_to_left(right_to_left)
            .build(Vec::new())
            .unwrap();
        for _ in 0..3 {
            writer.append(&[Cell::Text("x")]).unwrap();
        }
        let (file, _) = writer.finish().unwrap();
        for number in 1..=3 {
            let view = sheet(&file, number, "sheetView").remove(0);
            let expected = right_to_left.then_some("1");
            assert_eq!(view.attribute("rightToLeft"), expected, "{number}");
            let cells = reader::cells(&file, number);
            let references: Vec<_> = cells.iter().map(|cell| &cell.reference).collect();
            assert_eq!(references, ["A1", "A2"]);
        }
        // The header alone: values are of any language.
        let orders = find(&file, "xl/styles.xml", "alignment");
        let orders: Vec<_> = orders
            .iter()
            .filter_map(|alignment| alignment.attribute("readingOrder"))
            .collect();
        assert_eq!(orders, if right_to_left { vec!["2"; 2] } else { vec![] });
    }
}

#[test]
fn sheet_names_with_markup_or_chinese_stay_as_they_are() {
    for name in ["连接记录", "a & <b> \"c\"", "it's"] {
        let writer = WorkbookWriter::builder(vec![Column::new("a", ColumnKind::Text)])
            .sheet_name(name)
            .build(Vec::new())
            .unwrap();
        let (file, _) = writer.finish().unwrap();
        assert_eq!(
            find(&file, "xl/workbook.xml", "sheet")[0].attribute("name"),
            Some(name)
        );
    }
}
