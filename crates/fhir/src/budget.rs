//! How long a check may take.

use std::cell::Cell;

/// How long a check may take: asked every few steps of it. The work itself grows with the size of the
/// document only; the budget is for the machine that is slow, and for the fault that nobody knows yet.
pub struct Budget<'a> {
    may_go_on: Option<&'a dyn Fn() -> bool>,
    steps: Cell<u64>,
    is_spent: Cell<bool>,
}

/// Steps between two questions: a look at a clock costs more than a step.
const STEPS: u64 = 512;

impl<'a> Budget<'a> {
    /// No limit.
    pub const fn unlimited() -> Self {
        Self {
            may_go_on: None,
            steps: Cell::new(0),
            is_spent: Cell::new(false),
        }
    }

    /// As long as `may_go_on` answers true. Once it has answered false it is not asked again.
    pub const fn of(may_go_on: &'a dyn Fn() -> bool) -> Self {
        Self {
            may_go_on: Some(may_go_on),
            ..Self::unlimited()
        }
    }

    /// Counts a step, a small one; whether to go on.
    pub fn step(&self) -> bool {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        if steps.is_multiple_of(STEPS) {
            self.goes_on()
        } else {
            !self.is_spent.get()
        }
    }

    /// Whether to go on, asked now: before a step that is not small.
    pub fn goes_on(&self) -> bool {
        if !self.is_spent.get() && self.may_go_on.is_some_and(|may_go_on| !may_go_on()) {
            self.is_spent.set(true);
        }
        !self.is_spent.get()
    }

    /// Whether something was left undone.
    pub fn is_spent(&self) -> bool {
        self.is_spent.get()
    }
}
