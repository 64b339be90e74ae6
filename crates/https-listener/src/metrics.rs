//! The process's metrics: kept in memory as the `metrics` facade hands them over, written in the
//! Prometheus text format 0.0.4.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use metrics::{
    Counter, Gauge, GaugeFn, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use parking_lot::RwLock;

/// Upper bounds of the histograms' buckets, in seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// Names with their labels, at most. Labels are mailboxes and routes, so that only a mistake comes
/// near; what is beyond is not counted.
const SERIES: usize = 20_000;

/// One kind of metric, each series by its name and labels.
struct Kept<T>(RwLock<HashMap<Key, Arc<T>>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T: Default> Kept<T> {
    fn get(&self, key: &Key) -> Option<Arc<T>> {
        let series = self.0.read();
        if let Some(known) = series.get(key) {
            return Some(Arc::clone(known));
        }
        drop(series);
        let mut series = self.0.write();
        if series.len() >= SERIES {
            return None;
        }
        Some(Arc::clone(series.entry(key.clone()).or_default()))
    }

    /// Writes each series with `line`, those of one name together under their type.
    fn write(
        &self,
        out: &mut String,
        kind: &str,
        line: impl Fn(&mut String, &Key, &T) -> fmt::Result,
    ) -> fmt::Result {
        let series = self.0.read();
        let mut names: BTreeMap<&str, Vec<(&Key, &Arc<T>)>> = BTreeMap::new();
        for (key, value) in series.iter() {
            names.entry(key.name()).or_default().push((key, value));
        }
        for (name, mut series) in names {
            writeln!(out, "# TYPE {name} {kind}")?;
            series.sort_by_key(|(key, _)| *key);
            for (key, value) in series {
                line(out, key, value)?;
            }
            out.push('\n');
        }
        Ok(())
    }
}

/// How often values were at most as large as each bound.
#[derive(Default)]
struct Histogram {
    /// Of the values that no smaller bound holds.
    buckets: [AtomicU64; BUCKETS.len()],
    count: AtomicU64,
    sum: AtomicU64,
}

impl HistogramFn for Histogram {
    fn record(&self, value: f64) {
        let bucket = BUCKETS.iter().zip(&self.buckets);
        if let Some((_, count)) = bucket.into_iter().find(|(bound, _)| value <= **bound) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        GaugeFn::increment(&self.sum, value);
        self.count.fetch_add(1, Ordering::Relaxed);
    }
}

impl Histogram {
    fn write(&self, out: &mut String, key: &Key) -> fmt::Result {
        let mut at_most = 0;
        for (bound, count) in BUCKETS.iter().zip(&self.buckets) {
            at_most += count.load(Ordering::Relaxed);
            series(out, key, "_bucket", Some(&bound.to_string()))?;
            writeln!(out, " {at_most}")?;
        }
        // read after the buckets, which must not hold more
        let count = self.count.load(Ordering::Relaxed).max(at_most);
        series(out, key, "_bucket", Some("+Inf"))?;
        writeln!(out, " {count}")?;
        series(out, key, "_sum", None)?;
        writeln!(out, " {}", f64::from_bits(self.sum.load(Ordering::Relaxed)))?;
        series(out, key, "_count", None)?;
        writeln!(out, " {count}")
    }
}

/// `name_suffix{label="value",le="bound"}`.
fn series(out: &mut String, key: &Key, suffix: &str, bound: Option<&str>) -> fmt::Result {
    write!(out, "{}{suffix}", key.name())?;
    let labels = key.labels().map(|label| (label.key(), label.value()));
    let mut separator = '{';
    for (name, value) in labels.chain(bound.map(|bound| ("le", bound))) {
        write!(out, "{separator}{name}=\"")?;
        for character in value.chars() {
            match character {
                '\\' => out.push_str("\\\\"),
                '"' => out.push_str("\\\""),
                '\n' => out.push_str("\\n"),
                other => out.push(other),
            }
        }
        out.push('"');
        separator = ',';
    }
    if separator == ',' {
        out.push('}');
    }
    Ok(())
}

/// What the process has counted since it was installed as the facade's recorder.
#[derive(Default)]
pub(crate) struct Metrics {
    counters: Kept<AtomicU64>,
    gauges: Kept<AtomicU64>,
    histograms: Kept<Histogram>,
}

impl Metrics {
    /// All of it, names in their order.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        // writing to a text cannot fail
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        self.counters.write(out, "counter", |out, key, value| {
            series(out, key, "", None)?;
            writeln!(out, " {}", value.load(Ordering::Relaxed))
        })?;
        self.gauges.write(out, "gauge", |out, key, value| {
            series(out, key, "", None)?;
            let value = f64::from_bits(value.load(Ordering::Relaxed));
            writeln!(out, " {value}")
        })?;
        self.histograms
            .write(out, "histogram", |out, key, value| value.write(out, key))
    }
}

impl Recorder for &'static Metrics {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.counters
            .get(key)
            .map_or_else(Counter::noop, Counter::from_arc)
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.gauges
            .get(key)
            .map_or_else(Gauge::noop, Gauge::from_arc)
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> metrics::Histogram {
        self.histograms
            .get(key)
            .map_or_else(metrics::Histogram::noop, metrics::Histogram::from_arc)
    }
}

#[cfg(test)]
mod tests {
    use metrics::{CounterFn, Label};

    use super::*;

    #[test]
    fn text_is_as_prometheus_reads_it() {
        let metrics = Metrics::default();
        let route = |route: &'static str| {
            Key::from_parts("requests_total", vec![Label::new("route", route)])
        };
        CounterFn::increment(&*metrics.counters.get(&route("/b")).unwrap(), 2);
        CounterFn::increment(&*metrics.counters.get(&route("/a\"\\\n")).unwrap(), 1);
        CounterFn::increment(&*metrics.counters.get(&route("/b")).unwrap(), 1);
        GaugeFn::set(&*metrics.gauges.get(&Key::from_name("open")).unwrap(), -1.5);
        let seconds = metrics.histograms.get(&Key::from_name("seconds")).unwrap();
        for value in [0.001, 0.3, 0.4, 31.0] {
            seconds.record(value);
        }
        let text = metrics.text();
        let expected = [
            "# TYPE requests_total counter",
            r#"requests_total{route="/a\"\\\n"} 1"#,
            r#"requests_total{route="/b"} 3"#,
            "",
            "# TYPE open gauge",
            "open -1.5",
            "",
            "# TYPE seconds histogram",
            r#"seconds_bucket{le="0.001"} 1"#,
        ];
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..expected.len()], expected);
        for line in [
            r#"seconds_bucket{le="0.25"} 1"#,
            r#"seconds_bucket{le="0.5"} 3"#,
            r#"seconds_bucket{le="30"} 3"#,
            r#"seconds_bucket{le="+Inf"} 4"#,
            "seconds_sum 31.701",
            "seconds_count 4",
        ] {
            assert!(lines.contains(&line), "{line} in {text}");
        }
    }

    #[test]
    fn a_mistake_that_makes_ever_new_labels_has_an_end() {
        let metrics = Metrics::default();
        let get = |n: usize| {
            let key = Key::from_parts("n", vec![Label::new("n", n.to_string())]);
            metrics.counters.get(&key)
        };
        assert!((0..SERIES).all(|n| get(n).is_some()));
        assert!(get(SERIES).is_none() && get(0).is_some());
    }
}
