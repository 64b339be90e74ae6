//! A year of 10,000 letters, with a few that went astray.

use std::collections::BTreeMap;

use itk3::ResponseCode;
use reconcile::What;

use crate::site::{Site, ago};

const LETTERS: usize = 10_000;
/// Hours between two letters, so that they fill about a year.
const HOURS: f64 = 8_760.0 / LETTERS as f64;

#[test]
fn exactly_the_planted_gaps_of_a_year_are_found() {
    let site = Site::new();
    let mut planted = BTreeMap::new();
    for number in 0..LETTERS {
        let at = ago(26 + (number as f64 * HOURS) as i64);
        let what = match number {
            17 | 9_016 => Some(What::NotSent),
            250 | 5_000 => Some(What::NotDelivered),
            999 | 1_000 | 7_777 => Some(What::Refused),
            3 | 4_242 | 9_999 => Some(What::Unanswered),
            _ => None,
        };
        if what == Some(What::NotSent) {
            site.failed(number, at, "02");
        } else {
            let letter = site.sent(number, at);
            match what {
                None => site.arrived(&letter),
                Some(What::NotDelivered) => site.reported(number, &letter, "14", number == 250),
                Some(What::Refused) => site.answered(&letter, ResponseCode::PatientUnknown),
                Some(_) => {}
            }
        }
        planted.extend(what.map(|what| (format!("local {number}"), what)));
    }
    let found = site.look();
    assert_eq!((found.messages, found.waiting), (LETTERS, 0));
    let gaps = found
        .gaps
        .iter()
        .map(|gap| (gap.local_id.clone().unwrap(), gap.what));
    assert_eq!(gaps.collect::<BTreeMap<_, _>>(), planted);
    assert_eq!(found.gaps.len(), planted.len());
    assert_eq!(found.unread, []);
}
