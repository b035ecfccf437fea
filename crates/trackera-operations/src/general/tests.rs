//! Waiting and telling, in plans that are killed at every boundary.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use object_store::memory::InMemory;
use serde_json::{Value as Json, json};
use trackera_journal::mailbox::Mailbox;

use super::*;
use crate::action::{ActionError, Actions, Call, Looked, Permit};
use crate::clock::Clock as _;
use crate::id::RunId;
use crate::plan::lint::lint;
use crate::plan::{Act, Plan, Step, Undo, Work};
use crate::progress::Silent;
use crate::trials::tests::{plan, size};
use crate::trials::{TrialClock, World, sweep};

/// A team that hears what is left for it.
#[derive(Debug)]
struct Team(Mailbox);

impl Team {
    fn new() -> Self {
        Self(Mailbox::new(Arc::new(InMemory::new()), "notices", Duration::from_secs(5)))
    }
}

impl World for Team {
    fn actions(&self) -> Vec<Arc<dyn Action>> {
        general_actions(Some(self.0.clone()))
    }

    fn estate(&self) -> Json {
        let heard = futures_util::FutureExt::now_or_never(self.0.list(9)).unwrap().unwrap();
        json!(heard)
    }

    fn doubled(&self) -> Vec<String> {
        Vec::new()
    }

    fn left_over(&self) -> Vec<String> {
        Vec::new()
    }
}

fn step(id: &str, action: &str, arguments: Json) -> Step {
    let action = Team::new().actions().into_iter().find(|it| it.name() == action).unwrap();
    let act = Act {
        action: action.name().to_owned(),
        nature: action.nature(),
        arguments,
        timeout: SignedDuration::from_hours(1),
        tries: 3,
        credentials: SignedDuration::ZERO,
        undo: Undo::Never,
        stays: None,
        needs_approval: false,
    };
    Step { id: id.to_owned(), work: Work::Action(act), when: None }
}

fn incident() -> Plan {
    let mut plan = plan(vec![
        step("tell", "team.notify", json!({"text": "run ${run.id} has begun"})),
        step("rest", "wait.until", json!({"moment": "${run.started_at}", "length": "10m"})),
        step("breathe", "wait.until", json!({"length": "5m"})),
    ]);
    plan.parameters.clear();
    plan
}

#[tokio::test]
async fn a_plan_of_general_actions_survives_a_death_at_every_boundary() {
    assert_eq!(lint(&incident(), &Actions::new(Team::new().actions())), []);
    let scratch = tempfile::tempdir().unwrap();
    let tried = sweep(&incident(), &|| Box::new(Team::new()), (scratch.path(), size())).await.unwrap();
    assert_eq!(tried.broken, [], "of {} trials", tried.trials);
    assert!(tried.trials > 60, "{}", tried.trials);
}

/// What an action makes of these arguments: what it sees, and what it gives and how long that takes.
async fn tried(name: &str, arguments: Json) -> (Looked, Result<Json, ActionError>, Duration) {
    let (team, clock): (Team, TrialClock) = (Team::new(), TrialClock::default());
    let action = team.actions().into_iter().find(|it| it.name() == name).unwrap();
    let run: RunId = "first".parse().unwrap();
    let call = Call { run: &run, step: "wait", arguments: &arguments, before: None, clock: &clock, progress: &Silent };
    let seen = action.look(&call).await;
    let given = action.perform(&call, &Permit::for_trials()).await;
    (seen, given, clock.monotonic())
}

#[tokio::test]
async fn a_wait_ends_at_its_moment_and_one_that_is_past_is_seen_to_be_over() {
    let now = TrialClock::default().now();
    let (seen, _, took) = tried("wait.until", json!({"length": "5m"})).await;
    assert_eq!((seen, took), (Looked::Absent, Duration::from_mins(5)));
    let (_, _, took) = tried("wait.until", json!({"moment": now, "length": "90s"})).await;
    assert_eq!(took, Duration::from_secs(90));
    let (seen, given, took) = tried("wait.until", json!({"moment": "2020-01-01T00:00:00Z"})).await;
    assert!(matches!(seen, Looked::Done(_)) && given.is_ok() && took.is_zero());
    for wrong in [json!({}), json!({"length": "soon"}), json!({"moment": "soon"}), json!({"lenght": "5m"})] {
        let (seen, given, _) = tried("wait.until", wrong.clone()).await;
        assert!(matches!((seen, given), (Looked::Unknown(_), Err(ActionError::Refused(_)))), "{wrong}");
    }
}

#[tokio::test]
async fn a_notice_is_left_once_however_often_it_is_told() {
    let team = Team::new();
    let action = team.actions().into_iter().find(|it| it.name() == "team.notify").unwrap();
    let (run, clock): (RunId, TrialClock) = ("first".parse().unwrap(), TrialClock::default());
    let arguments = json!({"text": "hold on"});
    let call = Call { run: &run, step: "a_b", arguments: &arguments, before: None, clock: &clock, progress: &Silent };
    assert_eq!(action.look(&call).await, Looked::Absent);
    for _ in 0..2 {
        clock.advance(Duration::from_mins(1));
        assert_eq!(action.perform(&call, &Permit::for_trials()).await, Ok(json!({})));
    }
    assert_eq!(action.look(&call).await, Looked::Done(json!({})));
    let names = team.0.list(9).await.unwrap();
    let notice = Notice::read(&team.0.get(&names[0]).await.unwrap().unwrap()).unwrap();
    assert_eq!((names.len(), notice.text.as_str(), notice.step.as_str()), (1, "hold on", "a_b"));
    assert!(Notice::read(b"{\"version\": 9}").is_none());
    let nobody = general_actions(None).into_iter().find(|it| it.name() == "team.notify").unwrap();
    assert!(matches!(nobody.perform(&call, &Permit::for_trials()).await, Err(ActionError::Refused(_))));
    let (_, silent, _) = tried("team.notify", json!({"text": " "})).await;
    assert!(matches!(silent, Err(ActionError::Refused(_))));
}
