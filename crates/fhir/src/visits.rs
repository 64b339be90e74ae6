//! How often elements are looked at: what tests measure work by, since it is the same on every machine.
//! Counted with the feature `visits` only, which tests switch on.

#[cfg(feature = "visits")]
use std::cell::Cell;

#[cfg(feature = "visits")]
thread_local! {
    static VISITS: Cell<usize> = const { Cell::new(0) };
}

#[cfg(feature = "visits")]
pub(crate) fn count(elements: usize) {
    VISITS.set(VISITS.get() + elements);
}

#[cfg(not(feature = "visits"))]
#[inline]
pub(crate) fn count(_: usize) {}

/// How many elements this thread looks at during `work`.
#[cfg(feature = "visits")]
pub fn during(work: impl FnOnce()) -> usize {
    let before = VISITS.get();
    work();
    VISITS.get() - before
}
