//! Many logs as one story: entries of all writers, ordered by the epoch of the lease and then by their sequence.
//!
//! Within one log the order never changes, whatever epochs its entries carry.

use crate::entry::Entry;

/// An entry with the log that it stands in.
#[derive(Debug, Clone)]
pub struct Told {
    /// The name of the log.
    pub origin: String,
    /// The entry.
    pub entry: Entry,
}

/// Merges logs, each in its own order.
#[must_use]
pub fn fold(logs: Vec<(String, Vec<Entry>)>) -> Vec<Told> {
    let mut keyed: Vec<((u64, u64, String), Entry)> = Vec::new();
    for (origin, entries) in logs {
        let mut epoch = 0;
        for entry in entries {
            // An entry without a lease, or one behind a later epoch, stays behind what its own log told before.
            epoch = entry.epoch.max(epoch);
            keyed.push(((epoch, entry.sequence, origin.clone()), entry));
        }
    }
    keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    keyed.into_iter().map(|((.., origin), entry)| Told { origin, entry }).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use serde_json::value::to_raw_value;

    use super::*;
    use crate::digest::Digest;
    use crate::kind::Kind;

    #[test]
    fn a_later_epoch_follows_an_earlier_one_whatever_the_sequences_are() {
        let logs = vec![("a".to_owned(), log(&[1, 1, 3])), ("b".to_owned(), log(&[2, 2]))];
        let told: Vec<(String, u64)> = fold(logs).into_iter().map(|told| (told.origin, told.entry.sequence)).collect();
        let expected = [("a", 0), ("a", 1), ("b", 0), ("b", 1), ("a", 2)];
        assert_eq!(told, expected.map(|(origin, sequence)| (origin.to_owned(), sequence)));
    }

    proptest! {
        #[test]
        fn each_log_keeps_its_order_and_nothing_is_lost(epochs in logs()) {
            let logs: Vec<(String, Vec<Entry>)> =
                epochs.iter().enumerate().map(|(index, epochs)| (index.to_string(), log(epochs))).collect();
            let told = fold(logs.clone());
            prop_assert_eq!(told.len(), epochs.iter().map(Vec::len).sum::<usize>());
            for (origin, entries) in logs {
                let own = told.iter().filter(|told| told.origin == origin).map(|told| told.entry.sequence);
                prop_assert!(own.eq(entries.iter().map(|entry| entry.sequence)));
            }
        }
    }

    /// The epochs that the entries of each log carry.
    fn logs() -> impl Strategy<Value = Vec<Vec<u64>>> {
        prop::collection::vec(prop::collection::vec(0_u64..5, 0..8), 0..4)
    }

    fn log(epochs: &[u64]) -> Vec<Entry> {
        let entry = |(sequence, epoch): (usize, &u64)| Entry {
            version: 1,
            sequence: sequence as u64,
            batch: 0,
            epoch: *epoch,
            at: Timestamp::UNIX_EPOCH,
            kind: Kind::Alert,
            evidence: Vec::new(),
            body: to_raw_value(&()).unwrap(),
            previous: Digest::ZERO,
        };
        epochs.iter().enumerate().map(entry).collect()
    }
}
