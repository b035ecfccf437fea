//! What an announcement says, in words that are harmless wherever they are shown.
//!
//! Names of resources are chosen by whoever made them. Nothing of them may begin a new line, change the direction of
//! writing, call somebody, or be longer than a line.

use jiff::Timestamp;
use trackera_core::policy::Severity;
use trackera_core::verdict::Verdict;

use crate::findings::{Findings, Stage};
use crate::record::{Announcement, Item, What};
use crate::schedule::Rules;

/// The longest name or id that is told.
const LONGEST_NAME: usize = 200;
/// The longest reason that is told.
const LONGEST_REASON: usize = 500;

/// What an announcement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The idempotency key.
    pub key: String,
    /// The line that it goes out on.
    pub line: String,
    /// When it was intended.
    pub at: Timestamp,
    /// What it tells, worst first.
    pub items: Vec<NoticeItem>,
}

/// What is told of one finding; every text is harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeItem {
    /// What is told.
    pub what: What,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it fails or is unknown.
    pub verdict: Verdict,
    /// The policy's id.
    pub policy: String,
    /// What should hold.
    pub title: String,
    /// The resource by name and id, or by one of them if they are the same.
    pub resource: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// Why, or how it ended.
    pub reason: String,
    /// What to do, in words.
    pub fix: String,
    /// Which of its openings.
    pub opening: u32,
    /// The digest of the finding.
    pub finding: String,
}

impl Notice {
    /// Puts an announcement into words, as far as the findings are still known.
    pub fn of(announcement: &Announcement, findings: &Findings, rules: &Rules) -> Self {
        let items = announcement.items.iter().filter_map(|item| notice_item(item, findings, rules));
        let mut items: Vec<NoticeItem> = items.collect();
        items.sort_by_key(|item| item.severity);
        let Announcement { key, line, at, .. } = announcement;
        Self { key: key.clone(), line: harmless(line, LONGEST_NAME), at: *at, items }
    }

    /// One line for all of it.
    pub fn headline(&self) -> String {
        let Some(first) = self.items.first() else { return "nothing is known of this any more".to_owned() };
        let more = match self.items.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        format!("[{}] {}{more}", first.severity.word(), first.headline())
    }
}

impl NoticeItem {
    /// One line for it.
    pub fn headline(&self) -> String {
        let Self { resource, title, .. } = self;
        match self.what {
            What::Closed => format!("over: {title}: {resource}"),
            What::Flapping { .. } => format!("comes and goes: {title}: {resource}"),
            What::Repeated { repeat } => format!("{} ({}. reminder): {title}: {resource}", self.verdict_word(), repeat),
            What::Changed { .. } => format!("changed, {}: {title}: {resource}", self.verdict_word()),
            What::Opened if self.opening > 1 => format!("{} again: {title}: {resource}", self.verdict_word()),
            What::Opened => format!("{}: {title}: {resource}", self.verdict_word()),
        }
    }

    fn verdict_word(&self) -> &'static str {
        match self.verdict {
            Verdict::Unknown => "could not verify",
            Verdict::Fail | Verdict::Waived | Verdict::Pass | Verdict::NotApplicable => "broken",
        }
    }
}

fn notice_item(item: &Item, findings: &Findings, rules: &Rules) -> Option<NoticeItem> {
    let finding = findings.get(&item.finding)?;
    let seen = finding.seen.as_ref()?;
    let rule = rules.rules.get(&item.finding.policy);
    let reason = match (item.what, finding.stage) {
        (What::Closed, Stage::Closed(_, cause)) => cause.words(),
        _ => &seen.reason,
    };
    let short = |text: &str| harmless(text, LONGEST_NAME);
    let (name, id) = (short(&seen.name), short(&item.finding.id));
    let resource = if name.is_empty() || name == id { id } else { format!("{name} ({id})") };
    Some(NoticeItem {
        what: item.what,
        severity: seen.severity,
        verdict: seen.verdict,
        policy: short(&item.finding.policy),
        title: short(rule.map_or(item.finding.policy.as_str(), |rule| &rule.title)),
        resource,
        account: short(&item.finding.account),
        region: short(&item.finding.region),
        reason: harmless(reason, LONGEST_REASON),
        fix: rule.map_or_else(String::new, |rule| harmless(rule.fix.trim(), LONGEST_REASON)),
        opening: item.opening,
        finding: item.finding.digest(),
    })
}

/// A text on one line, without anything that changes how the rest is shown, and not longer than a limit.
pub fn harmless(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == limit {
            shown.push('…');
            break;
        }
        match character {
            '\n' | '\r' | '\t' => shown.push(' '),
            hidden if is_hidden(hidden) => shown.extend(hidden.escape_unicode()),
            plain => shown.push(plain),
        }
    }
    shown
}

/// Control characters, and those that only change how others are shown.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            u32::from(character),
            0xAD | 0x600..=0x605
                | 0x61C
                | 0x6DD
                | 0x70F
                | 0x115F..=0x1160
                | 0x180B..=0x180F
                | 0x200B..=0x200F
                | 0x2028..=0x202E
                | 0x2060..=0x206F
                | 0x3164
                | 0xFE00..=0xFE0F
                | 0xFEFF
                | 0xFFA0
                | 0xFFF0..=0xFFFB
                | 0x1D173..=0x1D17A
                | 0xE0000..=0xE0FFF
        )
}
