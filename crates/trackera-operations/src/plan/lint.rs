//! Contradictions in a plan, found before anything runs: all of them, each with its step.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value as Json;
use trackera_core::schema::Type;

use super::condition::{Condition, Names};
use super::reference::{Reference, ReferenceError, references, resolve};
use super::{Act, Plan, RESERVED, Step, Undo, Work};
use crate::action::{Action, Actions, Kind};

/// Something in a plan that cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contradiction {
    /// The step; none where it is about the plan.
    pub step: Option<String>,
    /// The part of the step or the plan.
    pub part: Part,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
}

/// A part of a step, or of a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// All of it.
    Whole,
    /// The action.
    Action,
    /// How often it is tried.
    Tries,
    /// An argument.
    Argument(String),
    /// What a person is asked.
    Ask,
    /// The condition, from this byte on.
    When(usize),
    /// A parameter.
    Parameter(String),
    /// The lock with this number.
    Lock(usize),
    /// The region with this number that the plan leaves.
    Region(usize),
}

impl fmt::Display for Contradiction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.step {
            Some(step) => write!(formatter, "step `{step}`: {}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

/// What a manual step gives.
const ANSWERED: [&str; 2] = ["by", "evidence"];

/// Finds what contradicts itself in a plan, with the actions that would carry it out.
#[must_use]
pub fn lint(plan: &Plan, actions: &Actions) -> Vec<Contradiction> {
    lint_typed(plan, actions, &BTreeMap::new())
}

/// Finds what contradicts itself in a plan whose parameters may have no values yet, but types.
pub(crate) fn lint_typed(plan: &Plan, actions: &Actions, types: &BTreeMap<String, Type>) -> Vec<Contradiction> {
    let mut lint = Lint { plan, actions, types, before: BTreeMap::new(), used: BTreeSet::new(), found: Vec::new() };
    let approved = plan.steps.iter().find(|step| step.act().is_some_and(|act| act.needs_approval));
    if approved.is_some() && plan.approval.people == 0 {
        lint.say((approved, Part::Action), "it needs approval, and the plan asks nobody for it");
    }
    if approved.is_some() && !plan.approval.expires.is_positive() {
        lint.say((None, Part::Whole), "an approval would have expired before it is given");
    }
    for (number, region) in plan.evacuated.iter().enumerate() {
        lint.text((None, Part::Region(number)), &Json::String(region.clone()));
    }
    for step in &plan.steps {
        lint.step(step);
        lint.before.insert(&step.id, step);
    }
    for (number, lock) in plan.locks.iter().enumerate() {
        lint.text((None, Part::Lock(number)), &Json::String(lock.clone()));
    }
    let unused: Vec<&String> = plan.parameters.keys().filter(|name| !lint.used.contains(*name)).collect();
    for name in unused {
        lint.say((None, Part::Parameter(name.clone())), format!("the parameter `{name}` is used nowhere"));
    }
    lint.found
}

/// Where something stands in a plan.
type Place<'a> = (Option<&'a Step>, Part);

struct Lint<'a> {
    plan: &'a Plan,
    actions: &'a Actions,
    types: &'a BTreeMap<String, Type>,
    before: BTreeMap<&'a str, &'a Step>,
    used: BTreeSet<String>,
    found: Vec<Contradiction>,
}

impl<'a> Lint<'a> {
    fn say(&mut self, (step, part): Place<'_>, message: impl Into<String>) {
        let (step, message) = (step.map(|step| step.id.clone()), message.into());
        self.found.push(Contradiction { step, part, message, hint: None });
    }

    fn step(&mut self, step: &'a Step) {
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        let whole = || (Some(step), Part::Whole);
        if step.id.is_empty() || !step.id.bytes().all(is_letter) || RESERVED.contains(&step.id.as_str()) {
            self.say(whole(), "a step's id has small letters, digits, hyphens and underscores, and is not taken");
        }
        if self.before.contains_key(step.id.as_str()) {
            self.say(whole(), "another step has this id");
        }
        if let Some(when) = &step.when {
            self.condition(step, when);
        }
        match &step.work {
            Work::Manual(manual) => self.text((Some(step), Part::Ask), &Json::String(manual.ask.clone())),
            Work::Action(act) => {
                let arguments = act.arguments.as_object().into_iter().flatten();
                arguments.for_each(|(name, value)| self.text((Some(step), Part::Argument(name.clone())), value));
                match self.actions.get(&act.action) {
                    None => self.say((Some(step), Part::Action), format!("there is no action `{}`", act.action)),
                    Some(action) => self.act(step, (act, action)),
                }
            }
        }
    }

    fn condition(&mut self, step: &'a Step, when: &Condition) {
        let names = Names::at(self.plan, &step.id, (self.actions, self.types));
        match when.check(&names) {
            Ok(checked) => {
                let place = || (Some(step), Part::When(0));
                checked.reads().iter().for_each(|(reference, _)| self.reference(place(), reference));
            }
            Err(error) => {
                let (step, part) = (Some(step.id.clone()), Part::When(error.span.start));
                self.found.push(Contradiction { step, part, message: error.message, hint: error.hint });
            }
        }
    }

    fn act(&mut self, step: &'a Step, (act, action): (&'a Act, &dyn Action)) {
        let nature = &act.nature;
        let wrong = [
            (action.nature() != *nature, Part::Action, "the action has another nature than the plan pins"),
            (
                nature.destructive && !act.needs_approval,
                Part::Action,
                "it takes something away, and nobody approves it",
            ),
            (
                nature.kind == Kind::Unsafe && act.tries > 1,
                Part::Tries,
                "it must not be done twice, and is tried more than once",
            ),
            (act.tries == 0, Part::Tries, "it is never tried"),
            (!act.timeout.is_positive(), Part::Whole, "it has no time"),
            (
                act.undo != Undo::Never && !nature.undoable,
                Part::Whole,
                "it shall be undone, and its action has no undo",
            ),
            (nature.costs && act.undo == Undo::Never, Part::Whole, "what it makes costs money, and nothing undoes it"),
            (
                nature.costs && act.stays.is_none(),
                Part::Whole,
                "what it makes costs money, and may stay for ever: say how long",
            ),
            (
                act.stays.is_some() && act.undo == Undo::Never,
                Part::Whole,
                "what it makes shall not stay, and nothing undoes it",
            ),
        ];
        for (_, part, message) in wrong.into_iter().filter(|(is_wrong, ..)| *is_wrong) {
            self.say((Some(step), part), message);
        }
        let known = action.arguments();
        let given = act.arguments.as_object().into_iter().flat_map(serde_json::Map::keys);
        for name in given.filter(|name| !known.is_empty() && !known.contains(&name.as_str())) {
            let place = (Some(step), Part::Argument(name.clone()));
            self.say(place, format!("`{}` takes no argument `{name}`", act.action));
        }
        self.regions(step, (act, action));
    }

    /// Outputs are not known yet; what is said in their place names no region.
    fn regions(&mut self, step: &'a Step, (act, action): (&'a Act, &dyn Action)) {
        let placed =
            |reference: &Reference| self.plan.parameter(reference).or_else(|| Some(Json::String(String::new())));
        let regions = resolve(&act.arguments, &placed).map(|arguments| action.regions(&arguments)).unwrap_or_default();
        let left = |region: &String| resolve(&Json::String(region.clone()), &placed).ok();
        let left: Vec<Json> = self.plan.evacuated.iter().filter_map(left).collect();
        for region in regions.iter().filter(|region| left.iter().any(|left| left == region.as_str())) {
            self.say((Some(step), Part::Action), format!("it calls into `{region}`, which is what the plan leaves"));
        }
    }

    fn text(&mut self, (step, part): Place<'a>, value: &Json) {
        match references(value) {
            Ok(found) => found.iter().for_each(|reference| self.reference((step, part.clone()), reference)),
            Err(error) => self.say((step, part), error.to_string()),
        }
    }

    fn reference(&mut self, place: Place<'a>, reference: &Reference) {
        let missing = ReferenceError::Missing(reference.text()).to_string();
        let field = reference.path.first().map_or("", String::as_str);
        match (reference.of.as_str(), place.0) {
            ("parameters", _) => {
                self.used.insert(field.to_owned());
                if !self.plan.parameters.contains_key(field) {
                    self.say(place, format!("nobody sets the parameter `{field}`"));
                }
            }
            ("run", Some(_)) if matches!(field, "id" | "started_at") && reference.path.len() == 1 => {}
            (_, None) | ("run", _) => self.say(place, missing),
            (of, Some(own)) => match self.before.get(of).copied() {
                None => self.say(place, format!("`{of}` is no step before this one")),
                Some(earlier) if !self.makes(earlier, field) => {
                    self.say(place, format!("{missing}: step `{of}` does not give `{field}`"));
                }
                Some(earlier) if earlier.when.is_some() && earlier.when != own.when => {
                    self.say(place, format!("{missing} when step `{of}` is skipped"));
                }
                Some(_) => {}
            },
        }
    }

    fn makes(&self, step: &Step, field: &str) -> bool {
        match &step.work {
            Work::Manual(_) => ANSWERED.contains(&field),
            Work::Action(act) => self.actions.get(&act.action).is_none_or(|action| action.outputs().contains(&field)),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::*;
    use crate::trials::World as _;
    use crate::trials::estate::Estate;
    use crate::trials::tests::{plan, step, switch};

    fn found(plan: &Plan) -> Vec<String> {
        lint(plan, &Actions::new(Estate::default().actions())).iter().map(ToString::to_string).collect()
    }

    fn changed(change: impl FnOnce(&mut Plan)) -> Vec<String> {
        let mut plan = switch();
        plan.parameters.clear();
        assert_eq!(found(&plan), [""; 0], "the plan is good before it is changed");
        change(&mut plan);
        found(&plan)
    }

    fn act(plan: &mut Plan, index: usize) -> &mut Act {
        let Work::Action(act) = &mut plan.steps[index].work else { panic!("it is manual") };
        act
    }

    #[track_caller]
    fn says(change: impl FnOnce(&mut Plan), expected: &str) {
        let found = changed(change);
        assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    }

    #[test]
    fn what_takes_away_is_approved_and_what_costs_ends() {
        says(|plan| act(plan, 2).needs_approval = false, "step `promote`: it takes something away");
        says(|plan| plan.approval.people = 0, "asks nobody");
        says(|plan| act(plan, 1).stays = None, "may stay for ever");
        assert_eq!(changed(|plan| act(plan, 1).undo = Undo::Never).len(), 2);
        says(|plan| act(plan, 0).undo = Undo::AtEnd, "has no undo");
    }

    #[test]
    fn what_must_not_be_repeated_is_tried_once() {
        let letter = || step("send", "trial.send", (json!({"name": "ana"}), Undo::Never));
        says(|plan| plan.steps.push(letter()), "must not be done twice");
    }

    #[test]
    fn a_plan_needs_nothing_of_the_region_that_it_leaves() {
        let leaves = |plan: &mut Plan| {
            plan.evacuated = vec!["eu-central-1".to_owned()];
            plan.parameters.insert("from".to_owned(), json!("eu-central-1"));
            act(plan, 3).arguments = json!({"name": "dns", "value": 1, "region": "${parameters.from}"});
        };
        let found = changed(leaves);
        assert!(found.iter().any(|it| it.contains("calls into `eu-central-1`")), "{found:?}");
    }

    #[test]
    fn every_reference_has_a_value_on_every_way() {
        let refers = |text: &'static str| move |plan: &mut Plan| act(plan, 3).arguments["value"] = json!(text);
        says(refers("${parameters.region}"), "nobody sets the parameter `region`");
        says(refers("${make.size}"), "does not give `size`");
        says(refers("${point.name}"), "no step before this one");
        says(refers("${run.name}"), "has no value");
        says(refers("${make"), "is no reference");
        says(|plan| plan.steps[1].when = Some(Condition::from("true")), "when step `make` is skipped");
        let when = |text: &'static str| move |plan: &mut Plan| plan.steps[2].when = Some(Condition::from(text));
        says(when("point.name == \"a\""), "unknown name `point`");
        says(when("parameters.region == \"a\""), "has no field `region`");
        says(when("find.size == 1"), "has no field `size`");
        says(when("find.value == 1"), "cannot be compared");
        says(|plan| drop(plan.parameters.insert("days".to_owned(), json!(1))), "used nowhere");
        says(|plan| plan.locks.push("db/${make.name}".to_owned()), "has no value");
    }

    #[test]
    fn a_plan_pins_actions_as_they_are() {
        says(|plan| act(plan, 2).nature.settles_within = SignedDuration::ZERO, "another nature");
        says(|plan| act(plan, 3).action = "trial.sett".to_owned(), "no action `trial.sett`");
        says(|plan| act(plan, 0).arguments["nme"] = json!("dns"), "takes no argument `nme`");
        says(|plan| plan.steps[3].id = "run".to_owned(), "is not taken");
        assert_eq!(found(&plan(Vec::new())), ["the parameter `role` is used nowhere"]);
    }
}
