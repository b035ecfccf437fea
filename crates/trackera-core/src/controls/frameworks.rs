//! The frameworks that are known: those that are shipped, and those of the company.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use super::{FrameworkText, Unproved};
use crate::policy::PolicyFile;
use crate::source::{Problem, suggest};
use crate::yaml::{File, Located, Pairs};

const SHIPPED: [(&str, &str); 6] = [
    ("cis-aws-5.0.yaml", include_str!("frameworks/cis-aws-5.0.yaml")),
    ("cis-aws-7.0.yaml", include_str!("frameworks/cis-aws-7.0.yaml")),
    ("iso27001-2022.yaml", include_str!("frameworks/iso27001-2022.yaml")),
    ("prowler.yaml", include_str!("frameworks/prowler.yaml")),
    ("securityhub.yaml", include_str!("frameworks/securityhub.yaml")),
    ("soc2.yaml", include_str!("frameworks/soc2.yaml")),
];

/// What is shipped never changes, so it is read once.
static READ: LazyLock<Result<Frameworks, Vec<Problem>>> = LazyLock::new(|| {
    let mut all = Frameworks::default();
    let mut problems = Vec::new();
    for (name, text) in SHIPPED {
        let file = File { name: name.to_owned(), text: text.to_owned() };
        match file.parse::<PolicyFile>() {
            Ok(parsed) => parsed.frameworks.iter().for_each(|text| problems.extend(all.add(&file, text))),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(problems) }
});

/// A control framework.
#[derive(Clone, Debug)]
pub struct Framework {
    /// The name that policies use.
    pub id: String,
    /// What it is called in full.
    pub title: String,
    /// Whether it lists the checks of another tool, and is nothing to comply with.
    pub orientation: bool,
    /// Its items, in its own order.
    pub items: Vec<Item>,
    ids: BTreeSet<String>,
}

/// An item of a framework.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// What it asks for; none for the checks of other tools.
    pub title: Option<String>,
    /// Why no policy covers it, where that is known.
    pub unproved: Option<Unproved>,
}

/// All known frameworks, by their names.
#[derive(Clone, Debug, Default)]
pub struct Frameworks(BTreeMap<String, Arc<Framework>>);

impl Frameworks {
    /// Those that are shipped with the program.
    ///
    /// # Errors
    /// Fails when what is shipped has a mistake; a test proves that it has none.
    pub fn shipped() -> Result<Self, Vec<Problem>> {
        READ.clone()
    }

    /// Every framework, by name.
    pub fn all(&self) -> impl Iterator<Item = &Framework> {
        self.0.values().map(Arc::as_ref)
    }

    /// Finds a framework by its name.
    pub fn get(&self, id: &str) -> Option<&Framework> {
        self.0.get(id).map(Arc::as_ref)
    }

    /// Adds one, unless something is wrong with it.
    pub(crate) fn add(&mut self, file: &File, text: &FrameworkText) -> Vec<Problem> {
        let mut framework = Framework {
            id: text.id.value().clone(),
            title: text.title.clone(),
            orientation: text.orientation,
            items: Vec::new(),
            ids: BTreeSet::new(),
        };
        let mut problems = Vec::new();
        if self.0.contains_key(&framework.id) {
            let message = format!("a framework is called `{}` already", framework.id.escape_debug());
            problems.push(file.problem(text.id.location(), message, None));
        }
        let described = text.items.0.iter().map(|(id, item)| (id, Some(item.value())));
        for (id, item) in described.chain(text.ids.iter().map(|id| (id, None))) {
            if !framework.ids.insert(id.value().clone()) {
                let message = format!("the framework has the item `{}` twice", id.value().escape_debug());
                problems.push(file.problem(id.location(), message, None));
            }
            let unproved = item.and_then(|item| Unproved::of(item.not_from_aws.as_ref(), item.not_read.as_ref()));
            let title = item.map(|item| item.title.clone());
            framework.items.push(Item { id: id.value().clone(), title, unproved });
        }
        if problems.is_empty() {
            self.0.insert(framework.id.clone(), Arc::new(framework));
        }
        problems
    }

    /// Finds the mistakes in what a policy says that it covers.
    pub(crate) fn check(&self, file: &File, controls: &Pairs<Vec<Located<String>>>) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (name, items) in &controls.0 {
            let Some(framework) = self.get(name.value()) else {
                let message = format!("no framework is called `{}`", name.value().escape_debug());
                let hint = suggest(name.value(), self.0.keys().map(String::as_str));
                problems.push(file.problem(name.location(), message, hint));
                continue;
            };
            for item in items.value().iter().filter(|item| !framework.ids.contains(item.value())) {
                let message = format!("{} has no item `{}`", framework.id, item.value().escape_debug());
                let hint = suggest(item.value(), framework.ids.iter().map(String::as_str));
                problems.push(file.problem(item.location(), message, hint));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_is_whole() {
        let shipped = Frameworks::shipped().unwrap();
        let count = |id: &str| shipped.get(id).unwrap().items.len();
        assert_eq!((count("cis-aws-5.0"), count("cis-aws-7.0")), (63, 70));
        assert_eq!((count("soc2"), count("iso27001-2022")), (38, 93));
        assert_eq!(shipped.all().count(), SHIPPED.len());
        let described = shipped.all().filter(|framework| !framework.orientation);
        assert!(described.flat_map(|framework| &framework.items).all(|item| item.title.is_some()));
    }
}
