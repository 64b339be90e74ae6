//! Tables of data, sortable, readable on small screens.

use maud::{Markup, html};

/// How a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorted {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
    /// By another column.
    Not,
}

/// A column's heading.
#[derive(Debug, Clone)]
pub struct Column<'a> {
    name: &'a str,
    numeric: bool,
    sort: Option<(String, Sorted)>,
}

impl<'a> Column<'a> {
    /// A column of text.
    pub fn text(name: &'a str) -> Self {
        Self {
            name,
            numeric: false,
            sort: None,
        }
    }

    /// A column of numbers, set to the right.
    pub fn numeric(name: &'a str) -> Self {
        Self {
            numeric: true,
            ..Self::text(name)
        }
    }

    /// The heading is a link that sorts.
    pub fn sortable(mut self, address: String, sorted: Sorted) -> Self {
        self.sort = Some((address, sorted));
        self
    }
}

/// A table that on a small screen becomes a list of its rows.
pub struct DataTable<'a> {
    caption: &'a str,
    caption_is_shown: bool,
    columns: Vec<Column<'a>>,
    rows: Vec<Vec<Markup>>,
}

impl<'a> DataTable<'a> {
    /// A table by its caption and columns. The first cell of each row heads it.
    pub fn new(caption: &'a str, columns: Vec<Column<'a>>) -> Self {
        Self {
            caption,
            caption_is_shown: true,
            columns,
            rows: Vec::new(),
        }
    }

    /// The caption is for screen readers only, where a heading says the same.
    pub fn hide_caption(mut self) -> Self {
        self.caption_is_shown = false;
        self
    }

    /// The rows, each with a cell for each column.
    pub fn rows(mut self, rows: impl IntoIterator<Item = Vec<Markup>>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// The table.
    pub fn show(&self) -> Markup {
        let caption = if self.caption_is_shown {
            "nhsuk-table__caption"
        } else {
            "nhsuk-table__caption nhsuk-u-visually-hidden"
        };
        html! {
            table.nhsuk-table.nhsuk-table--responsive role="table" {
                caption class=(caption) { (self.caption) }
                thead.nhsuk-table__head role="rowgroup" {
                    tr.nhsuk-table__row role="row" {
                        @for column in &self.columns { (column.head()) }
                    }
                }
                tbody.nhsuk-table__body role="rowgroup" {
                    @for row in &self.rows {
                        tr.nhsuk-table__row role="row" {
                            @for (index, (column, cell)) in self.columns.iter().zip(row).enumerate() {
                                (column.cell(index, cell))
                            }
                        }
                    }
                }
            }
        }
    }
}

impl Column<'_> {
    fn head(&self) -> Markup {
        let class = if self.numeric {
            "nhsuk-table__header nhsuk-table__header--numeric"
        } else {
            "nhsuk-table__header"
        };
        let sorted = self.sort.as_ref().map(|(_, sorted)| match sorted {
            Sorted::Ascending => "ascending",
            Sorted::Descending => "descending",
            Sorted::Not => "none",
        });
        html! {
            th class=(class) role="columnheader" scope="col" aria-sort=[sorted] {
                @match &self.sort {
                    Some((address, sorted)) => {
                        a.nhsuk-link.pages-sort href=(address) { (self.name) }
                        @match sorted {
                            Sorted::Ascending => span aria-hidden="true" { " ▲" },
                            Sorted::Descending => span aria-hidden="true" { " ▼" },
                            Sorted::Not => {}
                        }
                    }
                    None => (self.name)
                }
            }
        }
    }

    fn cell(&self, index: usize, content: &Markup) -> Markup {
        let numeric = if self.numeric { "--numeric" } else { "" };
        let heading = html! {
            span.nhsuk-table__heading aria-hidden="true" { (self.name) " " }
        };
        html! {
            @if index == 0 {
                th class=(class("header", numeric)) role="rowheader" scope="row" {
                    (heading) div.pages-cell { (content) }
                }
            } @else {
                td class=(class("cell", numeric)) role="cell" { (heading) div.pages-cell { (content) } }
            }
        }
    }
}

fn class(element: &str, modifier: &str) -> String {
    if modifier.is_empty() {
        format!("nhsuk-table__{element}")
    } else {
        format!("nhsuk-table__{element} nhsuk-table__{element}{modifier}")
    }
}
