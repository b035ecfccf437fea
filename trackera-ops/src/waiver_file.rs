//! Writing exceptions into files that people write too: one item is added, one date changed or one signature written, and
//! every other byte stays as it is.
//!
//! It works on lines, not on YAML, so it may misunderstand a file; whoever calls it loads the result before it is kept.

mod signature;

use jiff::civil::Date;
use trackera_core::policy::{Waiver, WaiverText};

pub(crate) use signature::sign;

const KEY: &str = "waivers:";

/// What an exception says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Item {
    /// The policy's id.
    pub(crate) policy: String,
    /// The resource's id, or a pattern.
    pub(crate) resource: String,
    /// The account, if it is for one only.
    pub(crate) account: Option<String>,
    /// The region, if it is for one only.
    pub(crate) region: Option<String>,
    /// Who answers for it.
    pub(crate) owner: String,
    /// Who agreed.
    pub(crate) approver: String,
    /// Why it is acceptable.
    pub(crate) reason: String,
    /// The last day that it holds.
    pub(crate) expires: Date,
    /// Where it is discussed.
    pub(crate) ticket: Option<String>,
    /// The approver's signature.
    pub(crate) signature: Option<String>,
}

/// What an exception of a loaded set says; where it is discussed is no part of what it allows.
pub(crate) fn facts(waiver: &Waiver) -> Item {
    let Waiver { policy, resource, account, region, owner, approver, reason, expires, signature, .. } = waiver.clone();
    Item { policy, resource, account, region, owner, approver, reason, expires, ticket: None, signature }
}

impl Item {
    fn fields(&self) -> Vec<String> {
        let fields = [
            ("policy", Some(&self.policy)),
            ("resource", Some(&self.resource)),
            ("account", self.account.as_ref()),
            ("region", self.region.as_ref()),
            ("owner", Some(&self.owner)),
            ("approver", Some(&self.approver)),
            ("reason", Some(&self.reason)),
        ];
        let fields = fields.into_iter().filter_map(|(key, value)| Some(format!("{key}: {}", scalar(value?))));
        let ticket = self.ticket.iter().map(|ticket| format!("ticket: {}", scalar(ticket)));
        fields.chain([format!("expires: {}", self.expires)]).chain(ticket).collect()
    }
}

/// How the items of a list are written.
struct Style {
    /// What stands before the hyphen.
    margin: String,
    /// What stands behind it.
    gap: String,
    /// Whether an item is one line, `{...}`.
    in_braces: bool,
    /// Whether an empty line stands between items.
    apart: bool,
}

/// Adds an exception at the end of the list of a file, in the style of the one before. Gives the whole text, and the lines
/// that were added.
///
/// Gives nothing when the list is written in a way that no item can be added to.
pub(crate) fn append(text: &str, item: &Item) -> Option<(String, String)> {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let at = match lines.iter().position(|line| line.starts_with(KEY)) {
        Some(key) => begin(&mut lines, key)?,
        None => {
            finish_line(&mut lines, end);
            if !lines.is_empty() {
                lines.push(end.to_owned());
            }
            lines.push(format!("{KEY}{end}"));
            lines.len() - 1
        }
    };
    let section = section(&lines, at);
    let style = style(section);
    let place = at + 1 + section.len();
    let before = lines.get(..place)?.to_vec();
    let after = lines.get(place..)?.concat();
    let mut before = before;
    finish_line(&mut before, end);
    let added = written(item, &style, end);
    let blank = if style.apart { end } else { "" };
    Some((format!("{}{blank}{added}{after}", before.concat()), added))
}

/// Makes room below the key; an empty list in brackets gives way.
fn begin(lines: &mut [String], key: usize) -> Option<usize> {
    let line = lines.get_mut(key)?;
    let rest = line.strip_prefix(KEY)?;
    let value = rest.split(" #").next().unwrap_or_default().trim();
    match value {
        "" => Some(key),
        "[]" => {
            *line = line.replacen("[]", "", 1).replacen(": ", ":", 1);
            Some(key)
        }
        _ => None,
    }
}

/// The lines of the list below a key, without what stands between it and the next key.
fn section(lines: &[String], key: usize) -> &[String] {
    let below = lines.get(key + 1..).unwrap_or_default();
    let belongs = |line: &&String| line.starts_with([' ', '\t', '-', '#', '\r', '\n']) && !line.starts_with("---");
    let length = below.iter().take_while(belongs).count();
    let is_content = |line: &String| !line.trim().is_empty() && !line.starts_with('#');
    let length = below.get(..length).unwrap_or_default().iter().rposition(is_content).map_or(0, |last| last + 1);
    below.get(..length).unwrap_or_default()
}

fn style(section: &[String]) -> Style {
    let margin_of = |line: &str| line.chars().take_while(|character| *character == ' ').collect::<String>();
    let is_item = |line: &&String| line.trim_start().starts_with('-');
    let first = section.iter().find(is_item);
    let margin = first.map_or_else(|| "  ".to_owned(), |line| margin_of(line));
    let last = section.iter().rposition(|line| line.strip_prefix(&margin).is_some_and(|line| line.starts_with('-')));
    let item = last.and_then(|last| section.get(last)?.strip_prefix(&margin)?.strip_prefix('-')).unwrap_or(" ");
    let gap: String = item.chars().take_while(|character| *character == ' ').collect();
    let above = last.and_then(|last| section.get(last.checked_sub(1)?));
    Style {
        in_braces: item.trim_start().starts_with('{'),
        gap: if gap.is_empty() { " ".to_owned() } else { gap },
        apart: above.is_some_and(|line| line.trim().is_empty()),
        margin,
    }
}

fn written(item: &Item, style: &Style, end: &str) -> String {
    let Style { margin, gap, .. } = style;
    let fields = item.fields();
    if style.in_braces {
        let signature = item.signature.iter().map(|signature| signature::quoted(signature));
        let fields: Vec<String> = fields.into_iter().chain(signature).collect();
        return format!("{margin}-{gap}{{{}}}{end}", fields.join(", "));
    }
    let line = |(index, field): (usize, &String)| {
        let hyphen = if index == 0 { "-" } else { " " };
        format!("{margin}{hyphen}{gap}{field}{end}")
    };
    let signature = item.signature.iter().map(|text| signature::block(text, &format!("{margin} {gap}"), end));
    fields.iter().enumerate().map(line).chain(signature).collect()
}

fn finish_line(lines: &mut [String], end: &str) {
    if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
        last.push_str(end);
    }
}

/// Changes the day that an exception ends with.
///
/// Gives nothing when the day is not where it was read.
pub(crate) fn end(text: &str, waiver: &WaiverText, day: Date) -> Option<String> {
    let start = waiver.expires.location().span().byte_offset().and_then(|offset| usize::try_from(offset).ok())?;
    let (before, rest) = text.split_at_checked(start)?;
    let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\'')).map_or(0, char::len_utf8);
    let (quote, rest) = rest.split_at_checked(quote)?;
    let after = rest.strip_prefix(waiver.expires.value().as_str())?;
    Some(format!("{before}{quote}{day}{after}"))
}

/// A text as YAML writes it: as it is where nobody can take it for anything else, else in double quotes.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 7] = ["true", "false", "null", "yes", "no", "on", "off"];
    let is_plain = |character: char| character.is_ascii_alphanumeric() || " _./-".contains(character);
    let is_word = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) || matches!(text, "y" | "n" | "Y" | "N");
    if text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(is_plain)
        && !text.ends_with(' ')
        && !is_word
    {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            plain if crate::render::escape::is_plain(plain) => quoted.push(plain),
            other => quoted.push_str(&format!("\\U{:08x}", u32::from(other))),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use trackera_core::policy::PolicyFile;
    use trackera_core::yaml::File;

    use super::*;

    fn item() -> Item {
        Item {
            policy: "keys-are-rotated".to_owned(),
            resource: "alice".to_owned(),
            account: None,
            region: None,
            owner: "Ada".to_owned(),
            approver: "Bob".to_owned(),
            reason: "moving: soon".to_owned(),
            expires: "2026-12-31".parse().unwrap(),
            ticket: None,
            signature: None,
        }
    }

    const BLOCK: &str = "policy: keys-are-rotated\n    resource: alice\n    owner: Ada\n    approver: Bob\n    \
                         reason: \"moving: soon\"\n    expires: 2026-12-31\n";
    const BRACES: &str = "{policy: keys-are-rotated, resource: alice, owner: Ada, approver: Bob, reason: \"moving: soon\", \
                          expires: 2026-12-31}\n";

    #[test]
    fn an_item_joins_the_list_in_the_style_of_its_neighbours() {
        for (before, after) in [
            (String::new(), format!("waivers:\n  - {BLOCK}")),
            ("policies: []\n".to_owned(), format!("policies: []\n\nwaivers:\n  - {BLOCK}")),
            ("policies: []".to_owned(), format!("policies: []\n\nwaivers:\n  - {BLOCK}")),
            ("waivers: [] # none\npolicies: []\n".to_owned(), format!("waivers: # none\n  - {BLOCK}policies: []\n")),
            ("waivers:\n  - {a: 1} # why\n".to_owned(), format!("waivers:\n  - {{a: 1}} # why\n  - {BRACES}")),
            ("waivers:\n- {a: 1}\n\n# b\nx: 1".to_owned(), format!("waivers:\n- {{a: 1}}\n- {BRACES}\n# b\nx: 1")),
            (
                "waivers:\n  - a: |\n      # b\n\n      - c\n\n  - a: 1".to_owned(),
                format!("waivers:\n  - a: |\n      # b\n\n      - c\n\n  - a: 1\n\n  - {BLOCK}"),
            ),
            (
                "waivers:\r\n  - a: 1\r\n".to_owned(),
                format!("waivers:\r\n  - a: 1\r\n  - {}", BLOCK.replace('\n', "\r\n")),
            ),
        ] {
            assert_eq!(append(&before, &item()).unwrap().0, after, "{before:?}");
        }
    }

    #[test]
    fn a_list_in_one_line_is_left_to_people() {
        assert!(append("waivers: [{a: 1}]\n", &item()).is_none());
    }

    #[test]
    fn only_the_date_changes() {
        let text = "# ü\nwaivers:\n  - {policy: a, resource: b, owner: c, reason: d, approver: e, expires: '2026-12-31'} # x\n";
        let file: PolicyFile = File::new("a", text.as_bytes().to_vec()).unwrap().parse().unwrap();
        let ended = end(text, &file.waivers[0], "2026-01-02".parse().unwrap()).unwrap();
        assert_eq!(ended, text.replace("2026-12-31", "2026-01-02"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]
        #[test]
        fn whatever_is_written_is_read_back(words in prop::collection::vec(any::<String>(), 5), braces in any::<bool>()) {
            let [resource, owner, approver, reason, ticket] = words.try_into().unwrap();
            let signature = Some("-----BEGIN\nU1NI\n-----END\n".to_owned());
            let item = Item { resource, owner, approver, reason, ticket: Some(ticket), signature, ..item() };
            let before = if braces { "waivers:\n  - {policy: a, resource: b, owner: c, reason: d, approver: e, expires: f}\n" } else { "" };
            let (text, _) = append(before, &item).unwrap();
            let file: PolicyFile = File::new("a", text.into_bytes()).unwrap().parse().unwrap();
            let read = file.waivers.last().unwrap();
            prop_assert_eq!(read.resource.value(), &item.resource);
            prop_assert_eq!(read.owner.value(), &item.owner);
            prop_assert_eq!(read.approver.value(), &item.approver);
            prop_assert_eq!(read.reason.value(), &item.reason);
            prop_assert_eq!(read.ticket.as_ref(), item.ticket.as_ref());
            prop_assert_eq!(read.signature.as_ref(), item.signature.as_ref());
        }
    }
}
