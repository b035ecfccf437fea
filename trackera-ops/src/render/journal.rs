//! The journal, for people and programs.

use std::path::Path;

use serde::Serialize;
use serde_json::value::RawValue;
use trackera_journal::checkpoint::Checkpoint;
use trackera_journal::cosign::Cosignature;
use trackera_journal::damage::Damage;
use trackera_journal::entry::Entry;
use trackera_journal::verify::Verified;

use super::escape::{name, sentence};
use super::look::{Look, Tone, counted, moment};

/// What a verification found.
#[derive(Debug, Serialize)]
pub(crate) struct Verification {
    sound: bool,
    entries: u64,
    root: String,
    bytes: u64,
    signed: u64,
    checkpoints: u64,
    evidence: u64,
    torn: Option<String>,
    damages: Vec<String>,
    /// What to do about each damage.
    hints: Vec<&'static str>,
}

impl Verification {
    /// Tells a verification.
    pub(crate) fn of(verified: &Verified) -> Self {
        let torn = verified.torn.as_ref().map(|torn| {
            format!("{} bytes from byte {} of {} on are an unfinished write", torn.length, torn.offset, torn.file)
        });
        Self {
            sound: verified.is_sound(),
            entries: verified.size,
            root: verified.root.to_base64(),
            bytes: verified.bytes,
            signed: verified.signed,
            checkpoints: verified.checkpoints,
            evidence: verified.evidence,
            torn,
            damages: verified.damages.iter().map(ToString::to_string).collect(),
            hints: verified.damages.iter().map(Damage::hint).collect(),
        }
    }

    /// The same for people.
    pub(crate) fn table(&self, look: Look) -> String {
        let mut text = look.columns(0, self.rows());
        let (tone, words) = match (self.damages.len(), self.signed) {
            (0, 0) => (Tone::Doubtful, "every entry is in order, and none is signed yet".to_owned()),
            (0, _) => (Tone::Good, "nobody changed what was signed".to_owned()),
            (many, _) => (Tone::Bad, format!("the journal is damaged: {}", counted(many, "damage"))),
        };
        text.push_str(&format!("{}\n", look.paint(tone, &words)));
        text
    }

    fn rows(&self) -> Vec<[String; 2]> {
        let unsigned = self.entries.saturating_sub(self.signed);
        let mut rows = vec![
            ["entries".to_owned(), format!("{} ({} bytes)", self.entries, self.bytes)],
            ["signed".to_owned(), format!("{} by {} checkpoints", self.signed, self.checkpoints)],
            ["not signed yet".to_owned(), unsigned.to_string()],
            ["evidence".to_owned(), self.evidence.to_string()],
            ["root".to_owned(), self.root.clone()],
        ];
        rows.extend(self.torn.iter().map(|torn| ["torn".to_owned(), sentence(torn)]));
        for (damage, hint) in self.damages.iter().zip(&self.hints) {
            rows.extend([["damage".to_owned(), sentence(damage)], ["hint".to_owned(), sentence(hint)]]);
        }
        rows
    }
}

/// How far a log is, and who signed it.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    entries: u64,
    signed: u64,
    checkpoints: u64,
    cosignatures: Vec<Signed>,
    /// Cosignatures that count for nothing, and why.
    disregarded: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Signed {
    entries: u64,
    by: String,
    key: String,
}

impl Status {
    /// Tells the status of a log that is sound.
    pub(crate) fn of(verified: &Verified, cosigned: Option<(Vec<Cosignature>, Vec<String>)>) -> Self {
        let (good, disregarded) = cosigned.unwrap_or_default();
        let signed = |one: Cosignature| Signed { entries: one.size, by: one.principal, key: one.fingerprint };
        Self {
            entries: verified.size,
            signed: verified.signed,
            checkpoints: verified.checkpoints,
            cosignatures: good.into_iter().map(signed).collect(),
            disregarded,
        }
    }

    /// The same for people.
    pub(crate) fn table(&self, look: Look) -> String {
        let mut rows = vec![
            ["entries".to_owned(), self.entries.to_string()],
            ["signed".to_owned(), format!("{} by {} checkpoints", self.signed, self.checkpoints)],
        ];
        let cosigned = |one: &Signed| {
            ["cosigned".to_owned(), format!("{} entries by {} ({})", one.entries, name(&one.by), name(&one.key))]
        };
        rows.extend(self.cosignatures.iter().map(cosigned));
        rows.extend(self.disregarded.iter().map(|why| ["disregarded".to_owned(), sentence(why)]));
        look.columns(0, rows)
    }
}

/// One entry.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    sequence: u64,
    at: jiff::Timestamp,
    kind: &'static str,
    epoch: u64,
    evidence: Vec<String>,
    body: &'a RawValue,
}

impl<'a> Line<'a> {
    /// Tells an entry.
    pub(crate) fn of(entry: &'a Entry) -> Self {
        Self {
            sequence: entry.sequence,
            at: entry.at,
            kind: entry.kind.name(),
            epoch: entry.epoch,
            evidence: entry.evidence.iter().map(ToString::to_string).collect(),
            body: &entry.body,
        }
    }
}

/// Entries for people, one line each.
pub(crate) fn lines(look: Look, lines: &[Line<'_>]) -> String {
    let row =
        |line: &Line<'_>| [line.sequence.to_string(), moment(line.at), line.kind.to_owned(), sentence(line.body.get())];
    if lines.is_empty() {
        return "no such entry\n".to_owned();
    }
    look.columns(0, lines.iter().map(row))
}

/// What a proof proves.
pub(crate) fn proven(look: Look, sequence: u64, checkpoint: &Checkpoint) -> String {
    let words =
        format!("entry {sequence} stands in {}, signed with {} entries", name(&checkpoint.origin), checkpoint.size);
    format!("{}\n", look.paint(Tone::Good, &words))
}

/// What was signed.
pub(crate) fn cosigned(look: Look, verified: &Verified) -> String {
    let words = format!("signed {} entries, root {}", verified.signed, verified.root.to_base64());
    format!("{}\n", look.paint(Tone::Good, &words))
}

/// What a projection holds.
pub(crate) fn rebuilt(look: Look, count: u64, path: &Path) -> String {
    let words = format!("{count} entries in {}", sentence(&path.display().to_string()));
    format!("{}\n", look.paint(Tone::Good, &words))
}

/// What was written as columns.
pub(crate) fn exported(look: Look, files: usize, directory: &Path) -> String {
    let words = format!("{} in {}", counted(files, "file"), sentence(&directory.display().to_string()));
    format!("{}\n", look.paint(Tone::Good, &words))
}
