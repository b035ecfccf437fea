//! Isolation, tried from outside: whoever stands where a copy must not be reached from tries to reach it.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::recovery::verification::{Check, CheckResult, CheckState};

/// What a server may listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// What came of trying a door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// A connection was opened.
    Opened,
    /// It was refused.
    Refused,
    /// Nothing answered in time.
    Silent,
    /// It could not be tried, and why.
    NotTried(String),
}

/// A place in the network that doors are tried from.
#[async_trait]
pub trait Vantage: Send + Sync + Debug {
    /// Tries to open a connection, and says nothing over it.
    async fn connect(&self, door: &Door, within: Duration) -> Attempt;
}

/// Tries a door that must be closed from here. One that must be open is tried before: where that stays shut as well,
/// silence proves nothing but that this place reaches nobody.
pub async fn may_not_connect(vantage: &dyn Vantage, closed: &Door, open: &Door, within: Duration) -> CheckResult {
    let known = vantage.connect(open, within).await;
    let tried = vantage.connect(closed, within).await;
    let result = |state, said: String| CheckResult::new(Check::Isolation, state, said);
    match (&tried, &known) {
        (Attempt::Opened, _) => {
            result(CheckState::Fail, format!("port {} of the copy is open from where it must be closed", closed.port))
        }
        (Attempt::NotTried(why), _) => result(CheckState::NotRun, format!("the copy's port could not be tried: {why}")),
        (Attempt::Refused | Attempt::Silent, Attempt::Opened) => {
            result(CheckState::Pass, "the copy does not answer from where it must not".to_owned())
        }
        (Attempt::Refused | Attempt::Silent, _) => result(
            CheckState::NotRun,
            "the copy does not answer, and neither does what has to: this place proves nothing".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A place from which ports answer as told: the open door is port 1, the closed one port 2.
    #[derive(Debug)]
    struct Told(Attempt, Attempt);

    #[async_trait]
    impl Vantage for Told {
        async fn connect(&self, door: &Door, _: Duration) -> Attempt {
            if door.port == 1 { self.0.clone() } else { self.1.clone() }
        }
    }

    fn state(open: &Attempt, closed: &Attempt) -> CheckState {
        let told = Told(open.clone(), closed.clone());
        let door = |port| Door { host: "db.example".to_owned(), port };
        let (one, two) = (door(1), door(2));
        let mut trying = std::pin::pin!(may_not_connect(&told, &two, &one, Duration::from_secs(1)));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match trying.as_mut().poll(&mut context) {
            std::task::Poll::Ready(result) => result.state,
            std::task::Poll::Pending => panic!("it waits for nobody"),
        }
    }

    #[test]
    fn silence_is_a_pass_only_where_something_else_answers() {
        use Attempt::{NotTried, Opened, Refused, Silent};
        let unknown = NotTried("no such name".to_owned());
        for known in [Opened, Refused, Silent, unknown.clone()] {
            assert_eq!(state(&known, &Opened), CheckState::Fail);
            assert_eq!(state(&known, &unknown), CheckState::NotRun);
            let wanted = if known == Opened { CheckState::Pass } else { CheckState::NotRun };
            assert_eq!([state(&known, &Refused), state(&known, &Silent)], [wanted, wanted], "{known:?}");
        }
    }
}
