//! What a search finds, as rows of a file.

use axum::http::StatusCode;
use exchange::{ExchangeError, Found};
use pages::components::Errors;
use pages::{CsvFile, Problem};

use crate::console::problem;

/// Rows read at once.
pub(crate) const STEP: u32 = 1_000;
/// Reads of one file, at most: with a filter that finds little each looks at thousands.
const READS: usize = 200;

/// Adds all that `read` finds before a place, the latest first. A file that has not all of it says so.
pub(crate) async fn fill<T, R>(
    file: &mut CsvFile,
    read: impl Fn(i64) -> R,
    cells: impl Fn(&T) -> Vec<String>,
) -> Result<(), Problem>
where
    R: Future<Output = Result<Found<T>, ExchangeError>>,
{
    let mut before = i64::MAX;
    for _ in 0..READS {
        let page = read(before).await.map_err(problem)?;
        for found in &page.found {
            if !file.row(cells(found)) {
                return Ok(());
            }
        }
        match page.next {
            Some(next) => before = next,
            None => return Ok(()),
        }
    }
    file.cut();
    Ok(())
}

/// A filter that cannot be read is refused and not left out: the file would have more than was asked for.
pub(crate) fn refuse(errors: &Errors, fields: &[&str]) -> Result<(), Problem> {
    if errors.is_empty() {
        return Ok(());
    }
    let words: Vec<&str> = fields.iter().filter_map(|name| errors.of(name)).collect();
    Err(Problem::new(
        StatusCode::BAD_REQUEST,
        "The file could not be made",
        format!("{}.", words.join(". ")),
    ))
}

#[cfg(test)]
mod tests {
    use axum::http::header::CONTENT_DISPOSITION;

    use super::*;

    #[tokio::test]
    async fn a_file_says_that_it_is_cut_only_where_there_is_more() {
        for (next, is_cut) in [(Some(1), true), (None, false)] {
            let mut file = CsvFile::new(&["Line"]);
            let read = async |_: i64| {
                let found = Vec::<i64>::new();
                Ok(Found { found, next })
            };
            fill(&mut file, read, |line| vec![line.to_string()])
                .await
                .unwrap();
            let answer = file.download("lines", jiff::Timestamp::UNIX_EPOCH).unwrap();
            let name = answer.headers()[CONTENT_DISPOSITION].to_str().unwrap();
            assert_eq!(name.contains("-cut"), is_cut, "{name}");
        }
    }
}
