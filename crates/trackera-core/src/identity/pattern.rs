//! IAM's pattern language: what a pattern matches, and how two patterns lie to each other.
//!
//! `*` stands for any text, `?` for any one character. Policy variables (`${...}`) are not known here: they are text.

use std::str::Chars;

/// Tells whether a pattern matches a text; case counts, as it does in ARNs.
pub fn matches(pattern: &str, text: &str) -> bool {
    glob(pattern, text, |wanted, found| wanted == '?' || wanted == found)
}

/// Tells whether a pattern matches the name of an action; case does not count.
pub fn matches_action(pattern: &str, action: &str) -> bool {
    glob(pattern, action, |wanted, found| wanted == '?' || wanted.eq_ignore_ascii_case(&found))
}

/// Tells whether a pattern matches everything that another one does.
///
/// A yes is certain. A no may be too careful, as for `*?` and `?*`, which are the same.
pub fn includes(outer: &str, inner: &str) -> bool {
    glob(outer, inner, |wanted, found| wanted == found || wanted == '?' && found != '*')
}

/// [`includes`] for actions.
pub fn includes_action(outer: &str, inner: &str) -> bool {
    glob(outer, inner, |wanted, found| wanted.eq_ignore_ascii_case(&found) || wanted == '?' && found != '*')
}

/// Tells whether some text is matched by both patterns, whatever its case.
pub fn overlaps(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    // `row[j]` tells whether what is left of the one pattern overlaps with `other[j..]`.
    let mut row: Vec<bool> = vec![false; other.len() + 1];
    for at in (0..=one.len()).rev() {
        let below = std::mem::replace(&mut row, vec![false; other.len() + 1]);
        for place in (0..=other.len()).rev() {
            let next = |row: &[bool], place: usize| row.get(place).copied().unwrap_or(false);
            let truth = match (one.get(at), other.get(place)) {
                (None, None) => true,
                (Some('*'), Some('*')) => next(&below, place) || next(&row, place + 1) || next(&below, place + 1),
                (Some('*'), _) => next(&below, place) || next(&row, place + 1),
                (_, Some('*')) => next(&row, place + 1) || next(&below, place),
                (Some(left), Some(right)) => {
                    (*left == '?' || *right == '?' || left.eq_ignore_ascii_case(right)) && next(&below, place + 1)
                }
                (None, Some(_)) | (Some(_), None) => false,
            };
            if let Some(slot) = row.get_mut(place) {
                *slot = truth;
            }
        }
    }
    row.first().copied().unwrap_or(false)
}

/// The part of a pattern that every match begins with; it ends at the first wildcard or policy variable.
pub(super) fn literal_prefix(pattern: &str) -> &str {
    pattern.split(['*', '?', '$']).next().unwrap_or_default()
}

fn glob(pattern: &str, text: &str, same: impl Fn(char, char) -> bool) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // What stands behind the last star, and where in the text to look for it next.
    let mut retry: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let here = text.clone();
        match (pattern.next(), text.next()) {
            (Some('*'), _) => {
                text = here;
                retry = Some((pattern.clone(), text.clone()));
            }
            (Some(wanted), Some(found)) if same(wanted, found) => {}
            (None, None) => return true,
            (Some(_), None) => return false,
            (_, Some(_)) => {
                let Some((behind, from)) = &mut retry else { return false };
                if from.next().is_none() {
                    return false;
                }
                (pattern, text) = (behind.clone(), from.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slow(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => {
                slow(rest, text) || text.split_first().is_some_and(|(_, tail)| slow(pattern, tail))
            }
            (Some((wanted, rest)), Some((found, tail))) => (*wanted == '?' || wanted == found) && slow(rest, tail),
            _ => false,
        }
    }

    /// Every text of up to four letters.
    fn texts() -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..4 {
            last = last.iter().flat_map(|text| ["a", "b", "c"].map(|letter| format!("{text}{letter}"))).collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    proptest! {
        #[test]
        fn patterns_agree_with_the_slow_definition(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            let (slow_pattern, slow_text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
            prop_assert_eq!(matches(&pattern, &text), slow(&slow_pattern, &slow_text));
            prop_assert_eq!(matches_action(&pattern.to_uppercase(), &text), matches(&pattern, &text));
        }

        /// Patterns of at most three letters between wildcards differ on some short text if they differ at all.
        #[test]
        fn inclusion_and_overlap_agree_with_every_short_text(one in "[ab*?]{0,3}", other in "[ab*?]{0,3}") {
            let texts = texts();
            let both = |text: &&String| matches(&one, text) && matches(&other, text);
            prop_assert_eq!(overlaps(&one, &other), texts.iter().any(|text| both(&text)), "{} {}", one, other);
            if includes(&one, &other) {
                let escaped = texts.iter().find(|text| matches(&other, text) && !matches(&one, text));
                prop_assert_eq!(escaped, None, "{} does not include {}", one, other);
            }
        }
    }

    #[test]
    fn wider_patterns_include_narrower_ones() {
        for (outer, inner) in
            [("*", "s3:*"), ("s3:*", "s3:Get*"), ("s3:G?t*", "s3:Get*"), ("s3*", "s3:*"), ("*:*", "s3:*")]
        {
            assert!(includes(outer, inner) && includes_action(&outer.to_uppercase(), inner), "{outer} {inner}");
        }
        for (outer, inner) in [("s3:Get*", "s3:*"), ("s3:?*", "s3:*"), ("s3:Get?", "s3:Get*"), ("", "*")] {
            assert!(!includes(outer, inner), "{outer} {inner}");
        }
        assert!(!includes("s3:get*", "s3:Get*"), "case counts outside of actions");
    }
}
