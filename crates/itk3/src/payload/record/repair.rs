//! Putting a field of a record's JSON right, so that reading goes on to the next that is wrong.
//! What comes of it is only looked at for errors.

use serde_json::Value;
use serde_path_to_error::Segment;

/// A step on the way to a field.
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A step of serde's path; none for a name of a variant.
pub(super) fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

/// Removes an unknown field, adds a missing one, or replaces a wrong value by that of the example;
/// whether it could.
pub(super) fn repair(value: &mut Value, example: &Value, steps: &[Step], problem: &str) -> bool {
    let good = |steps: &[Step]| good(example, steps);
    if let Some(rest) = problem.strip_prefix("missing field `") {
        let Some((name, _)) = rest.split_once('`') else {
            return false;
        };
        let good = good(steps).and_then(|within| within.get(name));
        return match (at(value, steps), good) {
            (Some(Value::Object(fields)), Some(good)) => {
                fields.insert(name.to_owned(), good.clone());
                true
            }
            _ => false,
        };
    }
    let Some((last, way)) = steps.split_last() else {
        return false;
    };
    match (at(value, way), last) {
        (Some(Value::Object(fields)), Step::Key(key)) => {
            if problem.starts_with("unknown field") {
                return fields.remove(key).is_some();
            }
            match (good(steps), fields.get_mut(key)) {
                (Some(good), Some(wrong)) => *wrong = good.clone(),
                // Not in the example, so that it may be left out.
                _ => return fields.remove(key).is_some(),
            }
            true
        }
        (Some(Value::Array(items)), Step::Index(index)) => {
            match (good(steps), items.get_mut(*index)) {
                (Some(good), Some(wrong)) => {
                    *wrong = good.clone();
                    true
                }
                _ => false,
            }
        }
        _ => false,
    }
}

fn at<'a>(value: &'a mut Value, steps: &[Step]) -> Option<&'a mut Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    })
}

/// The example's value at this place; of a list its first.
fn good<'a>(example: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    steps.iter().try_fold(example, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(_) => value.get(0),
    })
}
