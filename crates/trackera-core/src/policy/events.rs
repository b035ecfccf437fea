//! The events after which policies are judged at once, as CloudTrail names them.

use std::sync::LazyLock;

use crate::source::{Problem, suggest};
use crate::yaml::{File, Located};

/// The calls that change something in the services that are read, sorted; sign-ins and the rotation of secrets, which
/// are events without being calls, are among them. S3's have CloudTrail's names, where those differ from the API's.
const NAMES: &str = include_str!("events.txt");

static EVENTS: LazyLock<Vec<&str>> = LazyLock::new(|| NAMES.lines().collect());

/// Finds the events that do not exist: a policy would wait for them for ever.
pub(super) fn check(file: &File, on: &[Located<String>]) -> Result<(), Problem> {
    match on.iter().find(|name| EVENTS.binary_search(&name.value().as_str()).is_err()) {
        Some(name) => {
            let message = format!("no event is called `{}`", name.value().escape_debug());
            Err(file.problem(name.location(), message, suggest(name.value(), EVENTS.iter().copied())))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_events_are_sorted_so_that_each_is_found() {
        assert!(EVENTS.is_sorted_by(|left, right| left < right));
        for name in ["AuthorizeSecurityGroupIngress", "ConsoleLogin", "PutBucketLifecycle", "StopLogging"] {
            assert!(EVENTS.binary_search(&name).is_ok(), "{name}");
        }
    }
}
