//! Rows as the XML of a sheet, written by hand: fixed pieces, the row's number, values.
//!
//! What stands around a value is told to the compressor as it is written: it is the same in every row.

use crate::{
    cell::Cell,
    column::Column,
    compressor::Compressor,
    deflate::Mark,
    digit, escape,
    reference::letters,
    style::Styles,
    tape::{Piece, Tape},
    text::{has_blank_end, looks_like_formula},
    value::Value,
};

/// Room for the markup of a cell and a number.
const CELL_ROOM: usize = 256;

const ROW: Piece<16> = Piece::new(b"<row r=\"");
const ROW_OPENED: Piece<8> = Piece::new(b"\">");
const ROW_END: Piece<8> = Piece::new(b"</row>");
const TEXT_END: Piece<16> = Piece::new(b"</t></is></c>");
const NUMBER_END: Piece<16> = Piece::new(b"</v></c>");

/// What stands between the reference of a cell and its value, and behind the value.
#[derive(Debug, Clone, Copy)]
struct Form {
    /// Tells the compressor which cells look alike.
    number: u8,
    before: Piece<64>,
    after: Piece<16>,
}

/// The forms of text.
#[derive(Debug)]
struct TextForms {
    plain: Form,
    blank_end: Form,
    quoted: Form,
    quoted_blank_end: Form,
}

/// A column, as its cells need it.
#[derive(Debug)]
struct ColumnMarkup {
    /// `<c r="B`.
    open: Piece<16>,
    number: Form,
}

/// Writes the rows of one table.
#[derive(Debug)]
pub(crate) struct RowMarkup {
    columns: Vec<ColumnMarkup>,
    text: TextForms,
    header: Vec<u8>,
}

impl Form {
    fn text(number: u8, style: Option<u32>, preserve: &str) -> Self {
        let style = style.map_or_else(String::new, |style| format!(" s=\"{style}\""));
        let before = format!("\"{style} t=\"inlineStr\"><is><t{preserve}>");
        Self {
            number,
            before: Piece::new(before.as_bytes()),
            after: TEXT_END,
        }
    }

    fn number(number: u8, style: u32) -> Self {
        let before = match style {
            0 => "\"><v>".to_owned(),
            style => format!("\" s=\"{style}\"><v>"),
        };
        Self {
            number,
            before: Piece::new(before.as_bytes()),
            after: NUMBER_END,
        }
    }
}

impl RowMarkup {
    pub(crate) fn new(columns: &[Column], styles: Styles) -> Self {
        const PRESERVE: &str = " xml:space=\"preserve\"";
        let quoted = Some(styles.quoted);
        let column = |(number, column): (usize, &Column)| {
            let style = styles.of_column(column.kind());
            ColumnMarkup {
                open: Piece::new(format!("<c r=\"{}", letters(number)).as_bytes()),
                number: Form::number(column.kind().form(), style),
            }
        };
        Self {
            columns: columns.iter().enumerate().map(column).collect(),
            text: TextForms {
                plain: Form::text(1, None, ""),
                blank_end: Form::text(2, None, PRESERVE),
                quoted: Form::text(3, quoted, ""),
                quoted_blank_end: Form::text(4, quoted, PRESERVE),
            },
            header: header(columns, styles),
        }
    }

    /// The first row of every sheet.
    pub(crate) fn header(&self) -> &[u8] {
        &self.header
    }

    /// Writes a data row by its number, from 1. It fits the columns.
    pub(crate) fn put_row(
        &self,
        number: u32,
        cells: &[Cell<'_>],
        columns: &[Column],
        compressor: &mut Compressor,
    ) {
        let number = digit::row_number(number);
        let tape = compressor.tape();
        tape.reserve(CELL_ROOM);
        ROW.put(tape);
        let counter = tape.end();
        number.put(tape);
        let counter_end = tape.end();
        ROW_OPENED.put(tape);
        let value = tape.end();
        compressor.end_cell(Mark {
            column: 0,
            form: 0,
            counter,
            counter_end,
            value,
            end: value,
        });
        let markups = self.columns.iter().zip(1..);
        for ((cell, column), (markup, place)) in cells.iter().zip(columns).zip(markups) {
            let value = Value::of(*cell, column);
            self.put_cell(&value, &number, markup, place, compressor);
        }
        let tape = compressor.tape();
        tape.reserve(0);
        ROW_END.put(tape);
        compressor.end_row();
    }

    #[inline]
    fn put_cell(
        &self,
        value: &Value<'_>,
        number: &Piece<16>,
        column: &ColumnMarkup,
        place: usize,
        compressor: &mut Compressor,
    ) {
        let tape = compressor.tape();
        let form = match value {
            Value::Blank => return,
            Value::Text(text) => {
                tape.reserve(text.len() * escape::MAX_GROWTH + CELL_ROOM);
                self.text.of(text)
            }
            _ => {
                tape.reserve(CELL_ROOM);
                &column.number
            }
        };
        column.open.put(tape);
        let counter = tape.end();
        number.put(tape);
        let counter_end = tape.end();
        form.before.put(tape);
        let start = tape.end();
        match value {
            Value::Blank => {}
            Value::Integer(integer) => digit::put_integer(*integer, tape),
            Value::Decimal(decimal) => digit::put_decimal(*decimal, tape),
            Value::Serial(serial) => digit::put_serial(*serial, tape),
            Value::Text(text) => escape::put(text.as_bytes(), tape),
        }
        let end = tape.end();
        form.after.put(tape);
        compressor.end_cell(Mark {
            column: place,
            form: form.number,
            counter,
            counter_end,
            value: start,
            end,
        });
    }
}

impl TextForms {
    #[inline]
    fn of(&self, text: &str) -> &Form {
        match (looks_like_formula(text), has_blank_end(text)) {
            (false, false) => &self.plain,
            (false, true) => &self.blank_end,
            (true, false) => &self.quoted,
            (true, true) => &self.quoted_blank_end,
        }
    }
}

/// The row of the headers. An empty one is a blank cell, dressed.
fn header(columns: &[Column], styles: Styles) -> Vec<u8> {
    let mut tape = Tape::with_capacity(0);
    tape.extend(b"<row r=\"1\">");
    for (number, column) in columns.iter().enumerate() {
        tape.extend(format!("<c r=\"{}1\" s=\"", letters(number)).as_bytes());
        let Value::Text(text) = Value::of_text(column.header()) else {
            tape.extend(format!("{}\"/>", styles.header).as_bytes());
            continue;
        };
        let style = if looks_like_formula(&text) {
            styles.quoted_header
        } else {
            styles.header
        };
        let preserve = if has_blank_end(&text) {
            " xml:space=\"preserve\""
        } else {
            ""
        };
        tape.extend(format!("{style}\" t=\"inlineStr\"><is><t{preserve}>").as_bytes());
        tape.reserve(text.len() * escape::MAX_GROWTH);
        escape::put(text.as_bytes(), &mut tape);
        tape.extend(TEXT_END.as_bytes());
    }
    tape.extend(ROW_END.as_bytes());
    tape.written().to_vec()
}
