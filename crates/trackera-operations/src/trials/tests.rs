//! The plans of the kit itself, tried in every way.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::json;

use super::estate::Estate;
use super::*;
use crate::plan::{Act, Plan, Requirement, Sources, Step, Undo, VERSION, Work};

pub(crate) fn plan(steps: Vec<Step>) -> Plan {
    let digest = Digest::of(b"file");
    Plan {
        version: VERSION,
        name: "trial".to_owned(),
        mode: "run".to_owned(),
        sources: Sources {
            runbook: "trial".to_owned(),
            runbook_digest: digest,
            configuration: digest,
            allowed_signers: digest,
        },
        parameters: BTreeMap::from([("role".to_owned(), json!("standby"))]),
        locks: vec!["estate".to_owned()],
        approval: Requirement { people: 1, expires: SignedDuration::from_mins(30), break_glass: None },
        objectives: BTreeMap::new(),
        evacuated: Vec::new(),
        steps,
    }
}

pub(crate) fn step(id: &str, action: &str, (arguments, undo): (Json, Undo)) -> Step {
    let nature = Estate::default().actions().into_iter().find(|it| it.name() == action).unwrap().nature();
    let act = Act {
        action: action.to_owned(),
        needs_approval: nature.destructive,
        nature,
        arguments,
        timeout: SignedDuration::from_mins(5),
        tries: 3,
        credentials: SignedDuration::from_mins(1),
        undo,
        stays: (undo == Undo::AtEnd).then(|| SignedDuration::from_hours(6)),
    };
    Step { id: id.to_owned(), work: Work::Action(act), when: None }
}

pub(crate) fn estate(lag: u32) -> Estate {
    let things = [("dns", json!("old")), ("replica", json!("standby"))];
    Estate::new(things.map(|(name, value)| (name.to_owned(), value)).into(), lag)
}

pub(crate) fn switch() -> Plan {
    plan(vec![
        step("find", "trial.find", (json!({"name": "dns"}), Undo::Never)),
        step("make", "trial.make", (json!({"name": "drill-${run.id}", "value": "${find.value}"}), Undo::AtEnd)),
        step("promote", "trial.promote", (json!({"name": "replica"}), Undo::OnFailure)),
        step("point", "trial.set", (json!({"name": "dns", "value": "to ${make.name}"}), Undo::OnFailure)),
    ])
}

#[tokio::test]
async fn a_plan_survives_a_death_and_a_failure_at_every_boundary() {
    for lag in [0, 2] {
        let scratch = tempfile::tempdir().unwrap();
        let tried = sweep(&switch(), &|| Box::new(estate(lag)), (scratch.path(), size())).await.unwrap();
        assert_eq!(tried.broken, [], "of {} trials", tried.trials);
        assert_eq!(tried.asked, 0, "everything in this plan can be told by looking");
        assert!(tried.trials > 150, "{}", tried.trials);
    }
}

#[tokio::test]
async fn what_must_not_be_repeated_is_asked_and_never_repeated() {
    let mut letter = step("send", "trial.send", (json!({"name": "ana"}), Undo::Never));
    if let Work::Action(act) = &mut letter.work {
        act.tries = 1;
    }
    let make = step("make", "trial.make", (json!({"name": "drill-${run.id}", "value": 1}), Undo::AtEnd));
    let scratch = tempfile::tempdir().unwrap();
    let plan = plan(vec![make, letter]);
    let tried = sweep(&plan, &|| Box::new(estate(1)), (scratch.path(), size())).await.unwrap();
    assert_eq!(tried.broken, [], "of {} trials", tried.trials);
    assert!(tried.asked > 4, "{}", tried.asked);
}

#[tokio::test]
async fn the_kit_finds_an_action_that_lies_about_its_kind() {
    let mut lying = step("promote", "trial.promote", (json!({"name": "replica"}), Undo::OnFailure));
    if let Work::Action(act) = &mut lying.work {
        act.nature.kind = crate::action::Kind::Keyed;
    }
    let scratch = tempfile::tempdir().unwrap();
    let plan = plan(vec![lying]);
    let tried = sweep(&plan, &|| Box::new(Lying(estate(3))), (scratch.path(), Size::Small)).await.unwrap();
    assert!(tried.broken.iter().any(|broken| broken.what.contains("happened twice")), "{:?}", tried.broken);
}

/// Says of its reconcilable action that a natural key makes it safe to repeat.
#[derive(Debug)]
struct Lying(Estate);

#[derive(Debug)]
struct Repeatable(Arc<dyn Action>);

#[async_trait]
impl Action for Repeatable {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn nature(&self) -> crate::action::Nature {
        crate::action::Nature { kind: crate::action::Kind::Keyed, ..self.0.nature() }
    }

    fn describe(&self, arguments: &Json) -> String {
        self.0.describe(arguments)
    }

    async fn look(&self, call: &crate::action::Call<'_>) -> crate::action::Looked {
        self.0.look(call).await
    }

    async fn perform(
        &self,
        call: &crate::action::Call<'_>,
        permit: &crate::action::Permit,
    ) -> Result<Json, crate::action::ActionError> {
        self.0.perform(call, permit).await
    }

    async fn undo(
        &self,
        call: &crate::action::Call<'_>,
        permit: &crate::action::Permit,
    ) -> Result<(), crate::action::ActionError> {
        self.0.undo(call, permit).await
    }
}

impl World for Lying {
    fn actions(&self) -> Vec<Arc<dyn Action>> {
        let promote = self.0.actions().into_iter().filter(|action| action.name() == "trial.promote");
        promote.map(|action| -> Arc<dyn Action> { Arc::new(Repeatable(action)) }).collect()
    }

    fn estate(&self) -> Json {
        self.0.estate()
    }

    fn doubled(&self) -> Vec<String> {
        self.0.doubled()
    }

    fn left_over(&self) -> Vec<String> {
        self.0.left_over()
    }
}

#[expect(clippy::disallowed_methods, reason = "the size of a test run is the runner's to say")]
pub(crate) fn size() -> Size {
    if std::env::var_os("TRACKERA_TRIALS").is_some() { Size::Full } else { Size::Small }
}
