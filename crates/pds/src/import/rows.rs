//! Reading CSV row by row, with a limit on the length of a row.

use std::collections::HashMap;
use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder, Terminator};
use jiff::civil::Date;
use ring::digest;
use text_input::Decoded;

use super::{Kind, RefusalReason};
use crate::PdsError;

/// The longest row, in bytes. A quote that is never closed must not read a whole file into memory.
const ROW_LIMIT: u64 = 1 << 20;
const BUFFER: usize = 64 << 10;
/// So much of a first line is looked at to find the separator.
const LONGEST_HEADER: usize = 64 << 10;

/// The rows of a file, streamed.
pub(super) struct Rows<R> {
    reader: csv::Reader<Source<R>>,
    columns: HashMap<String, usize>,
    record: ByteRecord,
    /// The first row of a file without a header, read to recognise it.
    waiting: bool,
    count: u64,
}

/// One row, by the names of its columns.
pub(super) struct Row<'a> {
    columns: &'a HashMap<String, usize>,
    record: &'a ByteRecord,
    /// The line on which the row begins.
    pub line: u64,
}

/// Passes text on and stops where a row is too long.
struct Source<R> {
    reader: Decoded<Hashed<R>>,
    since_row: u64,
    too_long: bool,
    unended: bool,
    /// Read already, to find the separator.
    begin: Vec<u8>,
    after_cr: bool,
}

fn unreadable(source: io::Error) -> PdsError {
    PdsError::File {
        action: "read",
        path: "the file to import".into(),
        source,
    }
}

/// Hashes the bytes of the file as they are.
struct Hashed<R> {
    reader: R,
    hash: digest::Context,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.hash.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

impl<R: Read> Rows<R> {
    /// Finds out what the file is, or checks that it is what it is said to be.
    pub(super) fn open(reader: R, expected: Option<Kind>) -> Result<(Kind, Self), PdsError> {
        let hash = digest::Context::new(&digest::SHA256);
        let mut source = Source {
            reader: Decoded::new(Hashed { reader, hash }),
            since_row: 0,
            too_long: false,
            unended: false,
            begin: Vec::new(),
            after_cr: false,
        };
        let separator = source.separator().map_err(unreadable)?;
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(BUFFER)
            .from_reader(source);
        let mut rows = Self {
            reader,
            columns: HashMap::new(),
            record: ByteRecord::new(),
            waiting: false,
            count: 0,
        };
        let unknown = PdsError::UnknownFile {
            expected: "a patients, practices or PDS response file, or the rows of epraccur.csv",
        };
        // A PDS response has one record about the file itself before its header.
        for _ in 0..2 {
            if !rows.read()? {
                break;
            }
            rows.columns = columns(&rows.record);
            let fits = |kind: &Kind| {
                let required = kind.required_columns();
                !required.is_empty() && required.iter().all(|c| rows.columns.contains_key(*c))
            };
            let with_header = [Kind::PdsResponse, Kind::Patients, Kind::Practices];
            if let Some(kind) = with_header.into_iter().find(fits) {
                return if expected.is_none_or(|e| e == kind) {
                    Ok((kind, rows))
                } else {
                    Err(unknown)
                };
            }
            if is_epraccur(&rows.record) && expected.is_none_or(|e| e == Kind::Epraccur) {
                rows.waiting = true;
                return Ok((Kind::Epraccur, rows));
            }
        }
        Err(unknown)
    }

    /// The next row, or `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, PdsError> {
        if !std::mem::take(&mut self.waiting) && !self.read()? {
            return Ok(None);
        }
        self.count += 1;
        let line = self.line();
        Ok(Some(Row {
            columns: &self.columns,
            record: &self.record,
            line,
        }))
    }

    /// The line on which the row just read begins. The reader's own count begins at the blank lines
    /// it passed over, so this one counts back from the row's end; a quote left open at the end of
    /// the file has no such end.
    fn line(&self) -> u64 {
        let begun = self.record.position().map_or(0, csv::Position::line);
        let within = self
            .record
            .as_slice()
            .iter()
            .filter(|byte| **byte == b'\n')
            .count() as u64;
        let counted_back = self.reader.position().line().saturating_sub(1 + within);
        counted_back.max(begun)
    }

    /// How many rows were read.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The SHA-256 of all bytes read, in hexadecimal.
    pub(super) fn sha256(self) -> String {
        let hash = self.reader.into_inner().reader.into_inner().hash.finish();
        hash.as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Reads the next record that is not a blank line.
    fn read(&mut self) -> Result<bool, PdsError> {
        while self.read_any()? {
            if self.record.len() > 1
                || !self
                    .record
                    .iter()
                    .all(|field| field.trim_ascii().is_empty())
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn read_any(&mut self) -> Result<bool, PdsError> {
        let line = self.reader.position().line();
        self.reader.get_mut().since_row = 0;
        self.reader
            .read_byte_record(&mut self.record)
            .map_err(|error| {
                if self.reader.get_ref().too_long {
                    return PdsError::RowTooLong {
                        line,
                        limit: ROW_LIMIT,
                    };
                }
                let source = match error.into_kind() {
                    csv::ErrorKind::Io(source) => source,
                    _ => io::Error::from(io::ErrorKind::InvalidData),
                };
                unreadable(source)
            })
    }
}

impl Row<'_> {
    /// A field by the name of its column, without surrounding blanks; empty when there is none.
    pub(super) fn text(&self, column: &str) -> Result<&str, RefusalReason> {
        self.columns
            .get(column)
            .map_or(Ok(""), |index| self.at(*index))
    }

    /// A field by its place, counted from 0. An apostrophe before a figure is a spreadsheet's mark of a text.
    pub(super) fn at(&self, index: usize) -> Result<&str, RefusalReason> {
        let field = self.record.get(index).unwrap_or_default();
        let text = std::str::from_utf8(field).map_err(|_| RefusalReason::Encoding)?;
        let text = text.trim();
        Ok(text
            .strip_prefix('\'')
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            .unwrap_or(text))
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_row > ROW_LIMIT {
            self.too_long = true;
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        let count = self.read_lines(buffer)?;
        if let Some(last) = count.checked_sub(1).and_then(|last| buffer.get(last)) {
            self.unended = *last != b'\n';
        } else if std::mem::take(&mut self.unended)
            && let Some(first) = buffer.first_mut()
        {
            // Every line ends, for the sake of counting them.
            *first = b'\n';
            return Ok(1);
        }
        self.since_row += count as u64;
        Ok(count)
    }
}

impl<R: Read> Source<R> {
    /// Reads with every line ended by LF: old spreadsheets end them with CR alone.
    fn read_lines(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = if self.begin.is_empty() {
                self.reader.read(buffer)?
            } else {
                let count = self.begin.len().min(buffer.len());
                let begin = self.begin.drain(..count);
                buffer
                    .iter_mut()
                    .zip(begin)
                    .for_each(|(to, from)| *to = from);
                count
            };
            let mut kept = 0;
            for index in 0..count {
                let byte = buffer.get(index).copied().unwrap_or_default();
                let ends_crlf =
                    std::mem::replace(&mut self.after_cr, byte == b'\r') && byte == b'\n';
                if let (false, Some(place)) = (ends_crlf, buffer.get_mut(kept)) {
                    *place = if byte == b'\r' { b'\n' } else { byte };
                    kept += 1;
                }
            }
            if kept > 0 || count == 0 {
                return Ok(kept);
            }
        }
    }

    /// What stands between the fields: of comma, semicolon and tab the one that the first line has most of.
    /// What is read for it is kept to be read again.
    fn separator(&mut self) -> io::Result<u8> {
        let mut piece = [0; 4096];
        while self.begin.len() < LONGEST_HEADER
            && !self.begin.iter().any(|b| matches!(b, b'\n' | b'\r'))
        {
            let count = self.reader.read(&mut piece)?;
            if count == 0 {
                break;
            }
            self.begin
                .extend_from_slice(piece.get(..count).unwrap_or_default());
        }
        let line = self
            .begin
            .split(|byte| matches!(byte, b'\n' | b'\r'))
            .next();
        let line = line.unwrap_or_default();
        let times = |separator: &u8| line.iter().filter(|byte| *byte == separator).count();
        // of several with as many the last is taken, so that the comma has precedence
        Ok([b'\t', b';', b',']
            .into_iter()
            .max_by_key(times)
            .unwrap_or(b','))
    }
}

/// A full date in one of the ways that lists write them; `None` when the field is empty.
pub(super) fn date(text: &str) -> Result<Option<Date>, RefusalReason> {
    match text {
        "" => Ok(None),
        text => nhs::written_date(text).map(Some).ok_or(RefusalReason::Date),
    }
}

fn columns(record: &ByteRecord) -> HashMap<String, usize> {
    let name = |field: &[u8]| {
        String::from_utf8_lossy(field)
            .trim()
            .to_ascii_lowercase()
            .replace(' ', "_")
    };
    // The first of two columns of one name counts.
    record
        .iter()
        .enumerate()
        .rev()
        .map(|(index, field)| (name(field), index))
        .collect()
}

/// Code, name and, further on, opening date and status, in their places.
fn is_epraccur(record: &ByteRecord) -> bool {
    let field = |index| std::str::from_utf8(record.get(index).unwrap_or_default()).unwrap_or("-");
    record.len() >= 13
        && nhs::OdsCode::parse(field(0)).is_ok()
        && matches!(field(12), "A" | "C" | "D" | "P" | "ACTIVE" | "INACTIVE")
        && date(field(10)).is_ok()
}
