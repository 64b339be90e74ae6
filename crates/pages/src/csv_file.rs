//! Rows handed to a browser as a CSV file that a spreadsheet may open without harm.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::Problem;
use crate::components::visible;
use crate::document::download_policy;

/// By this spreadsheets know UTF-8; without it they take the machine's own encoding.
const MARK: &[u8] = "\u{feff}".as_bytes();
/// Bytes of a file, at most.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Characters of a cell, at most: what a spreadsheet takes.
const LONGEST_CELL: usize = 32_000;

/// A table as a file of comma-separated values, as RFC 4180 has it: in UTF-8 with a mark, lines that end with CR and
/// LF, a first line with the names of the columns.
///
/// Cells hold what others wrote, and a spreadsheet runs a cell that begins like a formula. Such a cell has an apostrophe
/// before it: one whose first character, blanks apart, is `=`, `+`, `-`, `@` or the wide form of one of these, or that begins
/// with a tab, a carriage return or a new line. Characters that nobody sees are named, as on the pages.
///
/// A file has at most [`CsvFile::MOST_ROWS`] rows and 16 MiB. One that is cut says so in its last line and in its name.
pub struct CsvFile {
    writer: csv::Writer<Vec<u8>>,
    rows: usize,
    bytes: usize,
    is_cut: bool,
    /// A row could not be written.
    has_failed: bool,
}

impl CsvFile {
    /// Rows of a file, at most. A handler asks its records for one more: so the file says that it is cut.
    pub const MOST_ROWS: u32 = 20_000;

    /// An empty file with these columns. Those with moments say that they are in UTC: `Received (UTC)`.
    pub fn new(columns: &[&str]) -> Self {
        let writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .flexible(true)
            .from_writer(MARK.to_vec());
        let mut file = Self {
            writer,
            rows: 0,
            bytes: 0,
            is_cut: false,
            has_failed: false,
        };
        file.write(columns);
        file
    }

    /// Adds a row; false when the file is full, and what is left over needs not be read.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) -> bool {
        let cells: Vec<String> = cells
            .into_iter()
            .map(|cell| guarded(cell.as_ref()))
            .collect();
        let bytes: usize = cells.iter().map(String::len).sum();
        let is_full = u32::try_from(self.rows).is_ok_and(|rows| rows >= Self::MOST_ROWS);
        if is_full || self.bytes + bytes > MOST_BYTES {
            self.is_cut = true;
        } else if !self.is_cut {
            self.rows += 1;
            self.bytes += bytes;
            self.write(&cells);
        }
        !self.is_cut
    }

    /// Says that there is more, which was not read.
    pub fn cut(&mut self) {
        self.is_cut = true;
    }

    fn write(&mut self, cells: &[impl AsRef<[u8]>]) {
        self.has_failed |= self.writer.write_record(cells).is_err();
    }

    /// The file as a download. Its name is made of `words`, such as `inbox A81001`, and the day: no text that others
    /// wrote, and nothing of a patient.
    ///
    /// # Errors
    /// It could not be written.
    pub fn download(mut self, words: &str, now: Timestamp) -> Result<Response, Problem> {
        if self.is_cut {
            self.write(&[format!(
                "Cut: only the first {} rows are in this file. Choose fewer on the page and export again.",
                self.rows
            )]);
        }
        if self.has_failed {
            return Err(Problem::internal());
        }
        let bytes = self.writer.into_inner().map_err(|_| Problem::internal())?;
        let name = file_name(words, now, self.is_cut);
        let headers = [
            (
                CONTENT_TYPE,
                "text/csv; charset=utf-8; header=present".to_owned(),
            ),
            (
                CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ),
        ];
        Ok((headers, download_policy(), bytes).into_response())
    }

    /// A moment in a cell: `2026-11-28 05:12:09`, in UTC, which spreadsheets take for a date and which sorts.
    pub fn moment(at: Timestamp) -> String {
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

fn file_name(words: &str, now: Timestamp, is_cut: bool) -> String {
    let plain: String = words
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let day = now.to_zoned(nhs::uk_time_zone()).date();
    let cut = if is_cut { "-cut" } else { "" };
    format!("{plain}-{day}{cut}.csv")
}

/// A cell that no spreadsheet runs.
fn guarded(cell: &str) -> String {
    let shown = visible(cell);
    let shown: String = shown.chars().take(LONGEST_CELL).collect();
    if acts(&shown) {
        format!("'{shown}")
    } else {
        shown
    }
}

/// Whether a spreadsheet may take a cell for a formula.
fn acts(cell: &str) -> bool {
    cell.starts_with(['\t', '\r', '\n'])
        || cell
            .trim_start()
            .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use axum::http::HeaderMap;

    const NOW: Timestamp = Timestamp::constant(1_795_842_729, 0);

    async fn read(file: CsvFile) -> (HeaderMap, String) {
        let answer = file.download("inbox A81001", NOW).unwrap();
        let headers = answer.headers().clone();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_file_is_rfc_4180_in_utf_8_with_a_mark_and_a_name_of_ours() {
        let mut file = CsvFile::new(&["Patient", "Received (UTC)"]);
        assert!(file.row(["Zoë \"Bill\", GARTON\nLeeds", &CsvFile::moment(NOW)]));
        let (headers, text) = read(file).await;
        assert_eq!(
            text,
            "\u{feff}Patient,Received (UTC)\r\n\
             \"Zoë \"\"Bill\"\", GARTON\nLeeds\",2026-11-28 05:12:09\r\n"
        );
        assert_eq!(
            headers[CONTENT_DISPOSITION],
            "attachment; filename=\"inbox-A81001-2026-11-28.csv\""
        );
        assert_eq!(
            headers[CONTENT_TYPE],
            "text/csv; charset=utf-8; header=present"
        );
    }

    #[tokio::test]
    async fn no_cell_is_a_formula() {
        let acting = [
            "=HYPERLINK(\"http://x\")",
            "+1",
            "-1",
            "@SUM(A1)",
            "\tx",
            "\rx",
            "\n=1",
            " =1",
            "\u{a0}=1",
            "＝1",
        ];
        for cell in acting {
            let mut file = CsvFile::new(&["Subject"]);
            file.row([cell]);
            let (_, text) = read(file).await;
            let line = text.trim_start_matches("\u{feff}Subject\r\n");
            assert!(
                line.starts_with('\'') || line.starts_with("\"'"),
                "{line:?}"
            );
        }
        assert_eq!(guarded("Letter = 1"), "Letter = 1");
        assert_eq!(guarded("\u{202e}=1"), "[U+202E]=1");
        assert_eq!(guarded("1 - 2"), "1 - 2");
    }

    #[tokio::test]
    async fn a_file_that_is_cut_says_so_in_its_last_line_and_its_name() {
        let mut file = CsvFile::new(&["Number", "Words"]);
        let taken = (0..30_000)
            .take_while(|number| file.row([number.to_string(), "x".to_owned()]))
            .count();
        assert_eq!(taken, 20_000);
        let (headers, text) = read(file).await;
        let last = text.trim_end().rsplit("\r\n").next().unwrap();
        assert!(last.starts_with("Cut: only the first 20000 rows"), "{last}");
        let name = headers[CONTENT_DISPOSITION].to_str().unwrap();
        assert!(name.ends_with("-cut.csv\""), "{name}");
        let mut file = CsvFile::new(&["Words"]);
        let long = "x".repeat(40_000);
        let taken = (0..1_000).take_while(|_| file.row([&long])).count();
        assert_eq!(taken, MOST_BYTES / LONGEST_CELL);
    }
}
