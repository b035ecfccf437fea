//! When to stop asking: an operation that failed so often in a row, for want of an answer, is not called again.
//!
//! Without this, an operation that hangs costs its whole time limit for each of a thousand users. What is not asked any
//! more gets the same gap as what was; a refusal is an answer, and never counts.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use trackera_core::resource::ErrorClass;

/// Failures in a row, each after all the tries of its call, before an operation is given up.
const LIMIT: usize = 5;

/// The operations that fail now, by account, region and name.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    failing: Mutex<BTreeMap<[String; 3], Failing>>,
}

#[derive(Clone, Copy, Debug)]
struct Failing {
    times: usize,
    last: ErrorClass,
}

/// Tells whether an error is one of a service that does not answer.
pub(crate) fn is_no_answer(class: ErrorClass) -> bool {
    matches!(class, ErrorClass::Throttled | ErrorClass::Timeout | ErrorClass::Connection | ErrorClass::ServerError)
}

impl Breaker {
    /// Why an operation is not called any more, if it is not.
    pub(crate) fn given_up(&self, key: &[String; 3]) -> Option<ErrorClass> {
        self.failing().get(key).filter(|failing| failing.times >= LIMIT).map(|failing| failing.last)
    }

    /// Takes note of how a call ended.
    pub(crate) fn note(&self, key: [String; 3], failure: Option<ErrorClass>) {
        let mut failing = self.failing();
        match failure.filter(|&class| is_no_answer(class)) {
            Some(last) => {
                let times = failing.get(&key).map_or(0, |before| before.times) + 1;
                failing.insert(key, Failing { times, last });
            }
            None => {
                failing.remove(&key);
            }
        }
    }

    fn failing(&self) -> MutexGuard<'_, BTreeMap<[String; 3], Failing>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> [String; 3] {
        ["000000000000", "global", "iam:ListMFADevices"].map(str::to_owned)
    }

    fn after(failures: &[Option<ErrorClass>]) -> Option<ErrorClass> {
        let breaker = Breaker::default();
        failures.iter().for_each(|&failure| breaker.note(key(), failure));
        breaker.given_up(&key())
    }

    #[test]
    fn an_operation_that_never_answers_is_given_up_with_its_own_error() {
        assert_eq!(after(&[Some(ErrorClass::Timeout); LIMIT - 1]), None);
        assert_eq!(after(&[Some(ErrorClass::Timeout); LIMIT]), Some(ErrorClass::Timeout));
    }

    #[test]
    fn one_answer_in_between_begins_the_count_anew() {
        let mut failures = vec![Some(ErrorClass::Throttled); LIMIT - 1];
        failures.push(None);
        failures.push(Some(ErrorClass::Throttled));
        assert_eq!(after(&failures), None);
    }

    #[test]
    fn a_refusal_is_an_answer() {
        assert_eq!(after(&[Some(ErrorClass::AccessDenied); 2 * LIMIT]), None);
    }
}
