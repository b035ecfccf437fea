//! Which items of control frameworks and which claims policies cover, for people and programs.

use serde_json::{Value as Json, json};
use trackera_core::controls::Unproved;
use trackera_core::coverage::{Coverage, Covered, FrameworkCoverage, Standing};

use super::escape::{name, sentence};
use super::look::{Look, Tone, counted};

/// Every framework and the claims, in one line each.
pub(crate) fn summary(look: Look, all: &Coverage) -> String {
    let frameworks = all.frameworks.iter().map(|framework| {
        let total = framework.items.len();
        let counts = match framework.orientation {
            true => format!("{} of {total} named", count(&framework.items, Standing::Covered)),
            false => format!("{} of {total}", counts(&framework.items)),
        };
        [name(&framework.id), counts, sentence(&framework.title)]
    });
    let claims = [name("claims"), format!("{} of {}", counts(&all.claims), all.claims.len()), String::new()];
    let claims = (!all.claims.is_empty()).then_some(claims);
    let mut text = look.columns(0, frameworks.chain(claims));
    if !all.unclaimed.is_empty() && !all.claims.is_empty() {
        let names: Vec<String> = all.unclaimed.iter().map(|id| name(id)).collect();
        let words = format!("{} named by no claim: {}", counted(names.len(), "policy"), names.join(", "));
        text.push_str(&look.paragraph(0, &words));
    }
    text
}

/// One framework, item by item; of the checks of another tool, those that policies name.
pub(crate) fn framework(look: Look, framework: &FrameworkCoverage) -> String {
    let shown = |item: &&Covered| !framework.orientation || item.standing() == Standing::Covered;
    let heading = format!("{}: {}", name(&framework.id), sentence(&framework.title));
    let table = table(look, framework.items.iter().filter(shown));
    let total = counted(framework.items.len(), "item");
    format!("{}\n{table}{total}: {}\n", look.paint(Tone::Strong, &heading), counts(&framework.items))
}

/// The claims, one by one.
pub(crate) fn claims(look: Look, claims: &[Covered]) -> String {
    format!("{}{}: {}\n", table(look, claims.iter()), counted(claims.len(), "claim"), counts(claims))
}

fn table<'c>(look: Look, all: impl Iterator<Item = &'c Covered>) -> String {
    let rows = all.map(|one| {
        let policies: Vec<String> = one.policies.iter().map(|policy| name(policy)).collect();
        let reason = one.unproved.as_ref().map(|why| {
            let (words, text) = reason(why);
            format!("({words}: {})", sentence(text))
        });
        let behind: Vec<String> = policies.into_iter().chain(reason).collect();
        let text = one.text.as_deref().map(sentence).unwrap_or_default();
        let standing = one.standing();
        let behind = format!("{text}\n{}", behind.join(", "));
        (Some(tone(standing)), [standing.word().to_owned(), name(&one.id), behind.trim_end().to_owned()])
    });
    look.painted_columns(0, rows.collect())
}

fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Covered => Tone::Good,
        Standing::Partly => Tone::Doubtful,
        Standing::Elsewhere => Tone::Quiet,
        Standing::Open => Tone::Bad,
    }
}

fn reason(why: &Unproved) -> (&'static str, &str) {
    match why {
        Unproved::NotFromAws(text) => ("not from AWS", text),
        Unproved::NotRead(text) => ("not read", text),
    }
}

fn count(all: &[Covered], standing: Standing) -> usize {
    all.iter().filter(|one| one.standing() == standing).count()
}

/// `51 covered, 12 elsewhere`, without what there is none of.
fn counts(all: &[Covered]) -> String {
    let present = Standing::ALL.into_iter().map(|standing| (count(all, standing), standing.word()));
    let words: Vec<String> =
        present.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    words.join(", ")
}

/// The same for programs.
pub(crate) fn json(all: &Coverage) -> Json {
    let frameworks = all.frameworks.iter().map(|framework| {
        json!({
            "id": framework.id,
            "title": framework.title,
            "orientation": framework.orientation,
            "counts": counts_json(&framework.items),
            "items": framework.items.iter().map(covered_json).collect::<Json>(),
        })
    });
    json!({
        "frameworks": frameworks.collect::<Json>(),
        "claims": {
            "counts": counts_json(&all.claims),
            "items": all.claims.iter().map(covered_json).collect::<Json>(),
        },
        "unclaimed_policies": all.unclaimed.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
    })
}

fn counts_json(all: &[Covered]) -> Json {
    Standing::ALL.into_iter().map(|standing| (standing.word().to_owned(), json!(count(all, standing)))).collect()
}

fn covered_json(one: &Covered) -> Json {
    let (not_from_aws, not_read) = match &one.unproved {
        Some(Unproved::NotFromAws(text)) => (Some(text), None),
        Some(Unproved::NotRead(text)) => (None, Some(text)),
        None => (None, None),
    };
    json!({
        "id": one.id,
        "text": one.text,
        "standing": one.standing().word(),
        "policies": one.policies.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
        "not_from_aws": not_from_aws,
        "not_read": not_read,
    })
}
