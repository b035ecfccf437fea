//! Checked claims: every policy that one names exists, and none is left without a proof or a reason.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{ClaimText, Unproved};
use crate::source::{Problem, suggest};
use crate::yaml::{File, Located};

/// A sentence of a public page.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The stable name.
    pub id: String,
    /// What is claimed, in short.
    pub sentence: String,
    /// The numbers that it has in the company's register.
    pub register: Vec<String>,
    /// The policies that prove it together.
    pub policies: Vec<Arc<str>>,
    /// Why they do not prove all of it.
    pub unproved: Option<Unproved>,
}

impl Claim {
    /// Checks a claim against the policies that exist.
    pub(crate) fn check(file: &File, text: &ClaimText, policies: &[&str]) -> Result<Self, Vec<Problem>> {
        let mut problems: Vec<Problem> = check_id(file, &text.id).err().into_iter().collect();
        if text.sentence.value().trim().is_empty() {
            problems.push(file.problem(text.sentence.location(), "a claim needs its sentence", None));
        }
        let mut named = BTreeSet::new();
        for policy in &text.policies {
            let id = policy.value().as_str();
            if !policies.contains(&id) {
                let message = format!("no policy is called `{}`", id.escape_debug());
                let hint = suggest(id, policies.iter().copied());
                problems.push(file.problem(policy.location(), message, hint));
            } else if !named.insert(id) {
                let message = format!("the claim names `{id}` twice");
                problems.push(file.problem(policy.location(), message, None));
            }
        }
        let unproved = Unproved::of(text.not_from_aws.as_ref(), text.not_read.as_ref());
        if text.policies.is_empty() && unproved.is_none() {
            let hint = "name the `policies` that prove it, or say under `not_from_aws` what does";
            let message = "nothing proves this claim";
            problems.push(file.problem(text.id.location(), message, Some(hint.to_owned())));
        }
        match problems.is_empty() {
            true => Ok(Self {
                id: text.id.value().clone(),
                sentence: text.sentence.value().clone(),
                register: text.register.clone(),
                policies: text.policies.iter().map(|policy| policy.value().as_str().into()).collect(),
                unproved,
            }),
            false => Err(problems),
        }
    }
}

fn check_id(file: &File, id: &Located<String>) -> Result<(), Problem> {
    let is_word = |word: &str| {
        let letters = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        letters && word.split('-').all(|part| !part.is_empty())
    };
    match id.value().split_once('.') {
        Some((topic, words)) if is_word(topic) && is_word(words) => Ok(()),
        _ => {
            let message = format!("`{}` is not the id of a claim", id.value().escape_debug());
            let hint = "write a topic, a dot and words, such as `network.strict-security-groups`";
            Err(file.problem(id.location(), message, Some(hint.to_owned())))
        }
    }
}
