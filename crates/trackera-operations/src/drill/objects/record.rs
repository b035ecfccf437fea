//! What was read of objects that carry no checksum of their own, so that later runs have something to hold them against.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::str;

use trackera_core::company::database::BucketPlace;
use trackera_core::recovery::ports::ObjectVersion;
use trackera_journal::digest::Digest;

use crate::action::ActionError;

/// The first line; another one would be another form.
const HEAD: &str = "trackera objects 1";

/// The SHA-256 of content, by the identity of a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Record(BTreeMap<Digest, Digest>);

/// A version of an object, by a digest: one that is put in its place is another, also where no versions are kept.
pub(in super::super) fn identity(place: &BucketPlace, version: &ObjectVersion) -> Digest {
    let ObjectVersion { key, version, modified_at, .. } = version;
    Digest::of(format!("{}\n{key}\n{version}\n{}", place.bucket, modified_at.as_second()).as_bytes())
}

impl Record {
    /// Reads what an earlier run kept.
    ///
    /// # Errors
    /// Fails for what this program would not have written.
    pub(in super::super) fn read(content: &[u8]) -> Result<Self, ActionError> {
        let text = str::from_utf8(content).ok().and_then(|text| text.strip_prefix(HEAD)?.strip_prefix('\n'));
        let entry = |line: &str| {
            let (identity, content) = line.split_once(' ')?;
            Some((identity.parse().ok()?, content.parse().ok()?))
        };
        let read: Option<_> = text.and_then(|text| text.lines().map(entry).collect());
        let refused = || ActionError::Refused("what earlier runs kept of objects is not understood".to_owned());
        read.map(Self).ok_or_else(refused)
    }

    /// The text that [`Self::read`] reads; none where there is nothing to keep.
    pub(in super::super) fn text(&self) -> Option<String> {
        let write = |mut text: String, (identity, content): (&Digest, &Digest)| {
            // Writing into a text cannot fail.
            let _ = writeln!(text, "{identity} {content}");
            text
        };
        (!self.0.is_empty()).then(|| self.0.iter().fold(format!("{HEAD}\n"), write))
    }

    /// What the content of a version was.
    pub(in super::super) fn content(&self, identity: &Digest) -> Option<Digest> {
        self.0.get(identity).copied()
    }

    /// Takes something down.
    pub(in super::super) fn take(&mut self, identity: Digest, content: Digest) {
        self.0.insert(identity, content);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written_and_nothing_else_is() {
        let mut record = Record::default();
        assert_eq!(record.text(), None);
        record.take(Digest::of(b"one"), Digest::of(b"content"));
        record.take(Digest::of(b"two"), Digest::of(b"other"));
        let text = record.text().unwrap();
        assert_eq!(Record::read(text.as_bytes()).unwrap(), record);
        for damaged in ["", "trackera objects 2\n", &text.replace(' ', "  "), &text[..text.len() - 9]] {
            assert!(Record::read(damaged.as_bytes()).is_err(), "{damaged}");
        }
    }
}
