//! Rows as the XML of a sheet, written by hand: fixed chunks, the row's number, values.
//!
//! The compressor learns what stands around a value as it is written, because this is the same in every row.

use crate::{
    cell::Cell,
    column::Column,
    compressor::Compressor,
    deflate::{Mark, Rows},
    digit, escape,
    reference::letters,
    row_buffer::{Chunk, Cursor, RowBuffer},
    style::Styles,
    text::{fits, has_blank_end, looks_like_formula},
    value::Value,
};

/// Room for the markup of a cell and a number.
const CELL_ROOM: usize = 512;

/// The most room for which a row counts as short.
const SHORT_ROW: usize = 64 << 10;

const ROW: Chunk<16> = Chunk::new(b"<row r=\"");
const ROW_OPENED: Chunk<8> = Chunk::new(b"\">");
const ROW_END: Chunk<8> = Chunk::new(b"</row>");
const TEXT_END: Chunk<16> = Chunk::new(b"</t></is></c>");
const NUMBER_END: Chunk<16> = Chunk::new(b"</v></c>");

/// The number of the form of empty cells, which no column's numbers have.
const EMPTY_FORM: u8 = 9;

/// What stands between the reference of a cell and its value, and behind the value.
#[derive(Debug, Clone, Copy)]
struct Form {
    /// By this number the compressor knows which cells look alike.
    number: u8,
    before: Chunk<64>,
    after: Chunk<16>,
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
    open: Chunk<16>,
    number: Form,
    empty: Form,
}

/// What became of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Put {
    Written,
    Nothing,
    /// Nothing, since Excel cannot hold it.
    Unfit,
}

/// Where a cell stands: its column, from 1, and the chunks of markup that name the cell.
#[derive(Clone, Copy)]
struct CellPosition<'a> {
    column: u16,
    open: &'a Chunk<16>,
    number: &'a Chunk<16>,
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
            before: Chunk::new(before.as_bytes()),
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
            before: Chunk::new(before.as_bytes()),
            after: NUMBER_END,
        }
    }

    fn empty(style: u32) -> Self {
        let before = match style {
            0 => "\"/>".to_owned(),
            style => format!("\" s=\"{style}\"/>"),
        };
        Self {
            number: EMPTY_FORM,
            before: Chunk::new(before.as_bytes()),
            after: Chunk::new(b""),
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
                open: Chunk::new(format!("<c r=\"{}", letters(number)).as_bytes()),
                number: Form::number(column.kind().form(), style),
                empty: Form::empty(style),
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

    /// Writes a data row by its number, from 1, with a cell for each value and one in the last column in any case: a reader that
    /// takes the last cell for the width of the row gives all rows the same one. The cells are of the columns' kinds; returns
    /// whether all values are among those that Excel can hold.
    pub(crate) fn put_row(
        &self,
        number: u32,
        cells: &[Cell<'_>],
        columns: &[Column],
        compressor: &mut Compressor,
    ) -> bool {
        let number = digit::row_number(number);
        let Rows { buffer, marks } = compressor.rows();
        buffer.write(CELL_ROOM, |cursor| put_opening(&number, cursor, marks));
        // A short row is written at once, a long one may be handed on before its end.
        let room = room(cells, columns);
        let at_once = if room <= SHORT_ROW {
            cells.len().max(1)
        } else {
            1
        };
        let parts = cells.chunks(at_once).zip(columns.chunks(at_once));
        let mut of_row = 0;
        let mut last = Put::Nothing;
        let mut fits = true;
        for ((cells, columns), markups) in parts.zip(self.columns.chunks(at_once)) {
            let room = if at_once == 1 {
                self::room(cells, columns)
            } else {
                room
            };
            let Rows { buffer, marks } = compressor.rows();
            buffer.write(room, |cursor| {
                for ((cell, column), markup) in cells.iter().zip(columns).zip(markups) {
                    of_row += 1;
                    let position = CellPosition {
                        column: of_row,
                        open: &markup.open,
                        number: &number,
                    };
                    last = self.put_cell(*cell, column, &markup.number, position, cursor, marks);
                    fits &= last != Put::Unfit;
                }
            });
            compressor.end_cell();
        }
        let Rows { buffer, marks } = compressor.rows();
        buffer.write(CELL_ROOM, |cursor| {
            if last != Put::Written
                && let Some(markup) = self.columns.last()
            {
                let position = CellPosition {
                    column: of_row,
                    open: &markup.open,
                    number: &number,
                };
                put_between(position, &markup.empty, cursor, marks, |_| {});
            }
            ROW_END.put(cursor);
        });
        compressor.end_row();
        fits
    }

    #[inline]
    fn put_cell(
        &self,
        cell: Cell<'_>,
        column: &Column,
        number_form: &Form,
        position: CellPosition<'_>,
        cursor: &mut Cursor<'_>,
        marks: &mut Vec<Mark>,
    ) -> Put {
        // The way of most cells: what Value would make of them, without one.
        if let Cell::Text(text) = cell
            && fits(text)
        {
            if text.is_empty() {
                return Put::Nothing;
            }
            let form = self.text.of(text);
            put_between(position, form, cursor, marks, |cursor| {
                escape::put(text.as_bytes(), cursor);
            });
            return Put::Written;
        }
        let value = Value::of(cell, column);
        let form = match &value {
            Value::Blank => return Put::Nothing,
            Value::Unfit => return Put::Unfit,
            Value::Text(text) => self.text.of(text),
            _ => number_form,
        };
        put_between(position, form, cursor, marks, |cursor| match value {
            Value::Blank | Value::Unfit => {}
            Value::Integer(integer) => digit::put_integer(integer, cursor),
            Value::Decimal(decimal) => {
                let length = digit::put_decimal(decimal, cursor.room());
                cursor.advance(length);
            }
            Value::Serial(serial) => digit::put_serial(serial, cursor),
            Value::Text(text) => escape::put(text.as_bytes(), cursor),
        });
        Put::Written
    }
}

/// The opening of a row, which the compressor takes for a cell.
#[inline]
fn put_opening(number: &Chunk<16>, cursor: &mut Cursor<'_>, marks: &mut Vec<Mark>) {
    ROW.put(cursor);
    let counter = cursor.position();
    number.put(cursor);
    ROW_OPENED.put(cursor);
    marks.push(Mark {
        counter,
        value: cursor.position(),
        end: cursor.position(),
        column: 0,
        form: 0,
        digits: number.length(),
    });
}

/// A cell: what stands around its value, and the value.
#[inline]
fn put_between(
    position: CellPosition<'_>,
    form: &Form,
    cursor: &mut Cursor<'_>,
    marks: &mut Vec<Mark>,
    put_value: impl FnOnce(&mut Cursor<'_>),
) {
    let counter = cursor.position() + u32::from(position.open.length());
    cursor.put_all(position.open, position.number, &form.before);
    let value = cursor.position();
    put_value(cursor);
    let end = cursor.position();
    form.after.put(cursor);
    marks.push(Mark {
        counter,
        value,
        end,
        column: position.column,
        form: form.number,
        digits: position.number.length(),
    });
}

/// The most room that cells take.
#[inline]
fn room(cells: &[Cell<'_>], columns: &[Column]) -> usize {
    let text = |(cell, column): (&Cell<'_>, &Column)| match cell {
        Cell::Text(text) => text.len(),
        Cell::Boolean(_) => column.kind().longest_text(),
        _ => 0,
    };
    let texts = cells.iter().zip(columns).map(text).sum::<usize>();
    cells.len() * CELL_ROOM + texts * escape::MAX_GROWTH
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
    let mut buffer = RowBuffer::with_capacity(0);
    buffer.extend(b"<row r=\"1\">");
    for (number, column) in columns.iter().enumerate() {
        buffer.extend(format!("<c r=\"{}1\" s=\"", letters(number)).as_bytes());
        let Value::Text(text) = Value::of_text(column.header()) else {
            buffer.extend(format!("{}\"/>", styles.header).as_bytes());
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
        buffer.extend(format!("{style}\" t=\"inlineStr\"><is><t{preserve}>").as_bytes());
        buffer.write(text.len() * escape::MAX_GROWTH, |cursor| {
            escape::put(text.as_bytes(), cursor);
        });
        buffer.extend(TEXT_END.as_bytes());
    }
    buffer.extend(ROW_END.as_bytes());
    buffer.written().to_vec()
}
