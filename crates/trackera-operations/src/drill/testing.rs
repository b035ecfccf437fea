//! What the tests of all drills share: a run that nothing disturbs, and every trial of the kit.

use trackera_journal::digest::Digest;

use super::Pinned;
use crate::action::Actions;
use crate::approval::Nobody;
use crate::locks::Unlocked;
use crate::plan::Plan;
use crate::plan::lint::lint;
use crate::progress::Silent;
use crate::recorder::JournalRecorder;
use crate::runner::{Finished, Lasting, Ports, Start, run};
use crate::trials::{Size, TrialClock, World, sweep};

/// The files that a plan is made of.
pub(super) fn pinned() -> Pinned {
    let digest = Digest::of(b"file");
    Pinned { runbook: digest, configuration: digest, allowed_signers: digest }
}

/// Carries a plan out to its end.
pub(super) async fn carried(world: &dyn World, (plan, name): (&Plan, &str), recorder: &JournalRecorder) -> Finished {
    let (actions, clock) = (Actions::new(world.actions()), TrialClock::default());
    let ports = Ports {
        actions: &actions,
        recorder,
        approvals: &Nobody,
        locks: &Unlocked,
        credentials: &Lasting,
        clock: &clock,
        progress: &Silent,
    };
    let start = Start { run: name.parse().unwrap(), requester: "amelie".to_owned(), program: "trial".to_owned() };
    run(plan, &start, &ports).await.unwrap()
}

/// Holds a plan against everything that the linter and the kit know, and tells how many trials that were.
pub(super) async fn tried(plan: &Plan, world: &dyn Fn() -> Box<dyn World>) -> usize {
    assert_eq!(lint(plan, &Actions::new(world().actions())), []);
    let journals = tempfile::tempdir().unwrap();
    let tried = sweep(plan, world, (journals.path(), Size::Small)).await.unwrap();
    assert_eq!((tried.broken.as_slice(), tried.asked), ([].as_slice(), 0), "of {} trials", tried.trials);
    tried.trials
}
