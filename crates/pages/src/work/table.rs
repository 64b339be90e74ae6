//! A dense table that becomes cards on a narrow screen.

use maud::{Markup, html};

/// A dense table. On a narrow screen each row is a card, and every cell says its column.
pub struct WorkTable<'a> {
    caption: &'a str,
    columns: &'a [&'a str],
    rows: Vec<Vec<Markup>>,
}

impl<'a> WorkTable<'a> {
    /// A table by its caption, which is for screen readers, and the names of its columns.
    pub fn new(caption: &'a str, columns: &'a [&'a str]) -> Self {
        Self {
            caption,
            columns,
            rows: Vec::new(),
        }
    }

    /// A row with a cell for each column; the first heads it.
    pub fn row(&mut self, cells: Vec<Markup>) {
        self.rows.push(cells);
    }

    /// The table.
    pub fn show(&self) -> Markup {
        html! {
            table.table.cards-narrow role="table" {
                caption.unseen { (self.caption) }
                thead role="rowgroup" {
                    tr role="row" {
                        @for column in self.columns { th scope="col" role="columnheader" { (column) } }
                    }
                }
                tbody role="rowgroup" {
                    @for row in &self.rows {
                        tr role="row" {
                            @for (index, (column, cell)) in self.columns.iter().zip(row).enumerate() {
                                @if index == 0 { th scope="row" role="rowheader" { (cell) } }
                                @else { td role="cell" data-h=(column) { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
