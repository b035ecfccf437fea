//! Mistakes in files that people write, with the place and the nearest valid word.

use std::fmt;

use thiserror::Error;

/// One mistake: where it is, what is wrong, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
pub struct Problem {
    /// The file, as it was named to the reader.
    pub file: String,
    /// The line, counted from 1.
    pub line: u64,
    /// The column, counted from 1 in characters.
    pub column: u64,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The line of the file, for showing; without its end.
    pub excerpt: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

/// Finds the word that a misspelt one was probably meant to be.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(2);
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// A hint that offers the nearest valid word, or lists the valid words when none is near and they are few.
pub fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(nearest) = nearest(word, known.clone()) {
        return Some(format!("did you mean `{nearest}`?"));
    }
    let known: Vec<&str> = known.into_iter().collect();
    let listed = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    (1..=30).contains(&known.len()).then(|| format!("known here: {listed}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_finds_its_neighbour_and_a_strange_one_finds_none() {
        assert_eq!(nearest("ingres", ["egress", "ingress", "tags"]), Some("ingress"));
        assert_eq!(nearest("completely_else", ["egress", "ingress"]), None);
        assert_eq!(nearest("ab", ["xy"]), None);
    }
}
