//! Making text of unknown origin harmless for a terminal.
//!
//! Names, tags and answers come from the estate, where anybody may have written anything: escape sequences that repaint
//! the screen, line ends that forge rows, marks that turn the reading direction, characters that nobody can see. All
//! that people read passes through here; nothing else in this crate decides what is harmless.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// The longest name or id that is shown whole, in characters: an ARN fits.
pub(crate) const NAME: usize = 120;
/// The longest sentence that is shown whole, in characters.
pub(crate) const SENTENCE: usize = 600;
/// How many marks may stand on one letter.
const MARKS: usize = 3;

/// Letters that take up no ink, or that change how others look without being seen.
const INVISIBLE: [(char, char); 9] = [
    ('\u{34f}', '\u{34f}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Shows a text whole, with everything that is not plain escaped.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut marks = MARKS;
    for character in text.chars() {
        let is_mark = !character.is_ascii() && character.width() == Some(0);
        marks = if is_mark { marks.saturating_add(1) } else { 0 };
        if is_plain(character) && marks <= MARKS {
            shown.push(character);
        } else {
            marks = MARKS;
            let _infallible = write!(shown, "\\u{{{:x}}}", u32::from(character));
        }
    }
    shown
}

/// Shows the beginning of a text, and says how much there is when it is longer than `limit` characters.
pub(crate) fn short(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => {
            let more = text.chars().count();
            format!("{}... ({more} characters)", harmless(text.get(..end).unwrap_or_default()))
        }
        None => harmless(text),
    }
}

/// Shows a name or an id; an empty one as a pair of quotes, so that it can be seen.
pub(crate) fn name(text: &str) -> String {
    if text.is_empty() { "\"\"".to_owned() } else { short(text, NAME) }
}

/// Shows a sentence.
pub(crate) fn sentence(text: &str) -> String {
    short(text, SENTENCE)
}

/// Tells whether a character shows as itself, takes part in no control sequence and moves nothing but the cursor by its
/// own width.
pub(crate) fn is_plain(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    let invisible = INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&character));
    !invisible && is_printable(character)
}

/// The standard library knows which characters print, and tells it by escaping the others; a letter in front keeps it
/// from escaping marks merely because nothing stands before them.
fn is_printable(character: char) -> bool {
    let mut text = [0; 5];
    text.fill(b'a');
    let length = character.encode_utf8(text.get_mut(1..).unwrap_or_default()).len();
    let shown = std::str::from_utf8(text.get(..=length).unwrap_or_default()).unwrap_or_default();
    shown.escape_debug().nth(1) == Some(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_in_any_script_is_shown_as_it_is() {
        for text in ["web-1 (prod)", "Müller, ß, e\u{301}", "数据库", "قاعدة", "🦀", "C:\\path \"q\" 'x' & <b>"]
        {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn what_could_act_on_a_terminal_is_escaped() {
        for (text, shown) in [
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\r\nb\tc\0", "a\\u{d}\\u{a}b\\u{9}c\\u{0}"),
            ("\u{9b}2J\u{7f}", "\\u{9b}2J\\u{7f}"),
            ("\u{202e}txt.exe\u{2066}", "\\u{202e}txt.exe\\u{2066}"),
            ("ad\u{200b}min\u{feff}\u{200d}", "ad\\u{200b}min\\u{feff}\\u{200d}"),
            ("\u{2028}\u{ad}\u{61c}\u{e0041}\u{e000}", "\\u{2028}\\u{ad}\\u{61c}\\u{e0041}\\u{e000}"),
            ("\u{3164}\u{fe0f}", "\\u{3164}\\u{fe0f}"),
            ("\u{a0}", "\\u{a0}"),
        ] {
            assert_eq!(harmless(text), shown);
        }
    }

    #[test]
    fn no_letter_carries_a_tower_of_marks() {
        let shown = harmless(&format!("o{}", "\u{301}".repeat(6)));
        assert_eq!(shown, "o\u{301}\u{301}\u{301}\\u{301}\\u{301}\\u{301}");
        assert_eq!(harmless("\u{301}a"), "\\u{301}a", "nothing stands before the mark");
    }

    #[test]
    fn every_character_is_shown_or_escaped_and_never_controls() {
        for character in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let shown = harmless(&format!("a{character}"));
            assert!(!shown.chars().any(char::is_control), "{:x}", u32::from(character));
        }
    }

    #[test]
    fn long_names_are_cut_and_empty_ones_are_seen() {
        assert_eq!(name(&"x".repeat(NAME)), "x".repeat(NAME));
        assert_eq!(name(&"x".repeat(10_000)), format!("{}... (10000 characters)", "x".repeat(NAME)));
        assert_eq!(name(""), "\"\"");
    }
}
