//! An intent without an outcome: the process died, or nobody answered. Looking tells, or a person does.

use super::session::{Session, Stop, Subject};
use crate::action::{Kind, Looked};
use crate::record::{Event, Outcome, Way};

/// Whether a step is performed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// Its effect stands.
    No,
    /// It may be performed.
    Yes,
}

impl Session<'_> {
    /// Finds out what became of the last intent of a step.
    pub(super) async fn reconcile(&mut self, subject: Subject<'_>) -> Result<Again, Stop> {
        let act = subject.act;
        let looked = match act.nature.kind {
            Kind::Read => return Ok(Again::Yes),
            // Performing again is as good as once, or finds the first: one look is enough to save the trouble.
            Kind::Idempotent | Kind::Keyed => self.look(subject).await?,
            // What is not seen may not be seen yet.
            Kind::Reconcilable => {
                let is_done = |looked: &Looked| matches!(looked, Looked::Done(_));
                self.look_until(subject, act.nature.settles_within, (is_done, "for its effect to be seen")).await?
            }
            Kind::Unsafe => self.look(subject).await?,
        };
        let looked = match looked {
            Looked::Underway(_) => {
                let has_ended = |looked: &Looked| !matches!(looked, Looked::Underway(_) | Looked::Unknown(_));
                self.look_until(subject, act.timeout, (has_ended, "for what is under way to end")).await?
            }
            other => other,
        };
        match (looked, act.nature.kind) {
            (Looked::Done(output), _) => {
                let (step, how) = (subject.step.to_owned(), "seen after an intent without an outcome".to_owned());
                self.write(vec![Event::Reconciled { step, output, how }]).await?;
                Ok(Again::No)
            }
            (_, Kind::Read | Kind::Idempotent | Kind::Keyed) => Ok(Again::Yes),
            (Looked::Absent | Looked::Present(_), Kind::Reconcilable) => {
                let why = "seen as it was before the intent".to_owned();
                self.failed(subject.step, (why, Outcome::Unchanged), Way::Perform).await?;
                Ok(Again::Yes)
            }
            (Looked::Underway(what) | Looked::Unknown(what), Kind::Reconcilable) => {
                self.ask(subject.step, &format!("it was intended, and whether it was done cannot be seen: {what}"))
                    .await
            }
            (_, Kind::Unsafe) => {
                self.ask(subject.step, "it was intended, must not be done twice, and cannot be seen: find out").await
            }
        }
    }
}
