//! A few objects of very many, chosen while the list is being read.

use jiff::Timestamp;

/// How many are chosen besides the oldest and the newest.
const CHOSEN: usize = 8;
/// How many are kept while reading; every second one is dropped when there are more.
const KEPT: usize = 2 * CHOSEN;

/// One object; ordered by age, and by key among those of one moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dump {
    pub(super) last_modified: Timestamp,
    pub(super) key: String,
    pub(super) size: i64,
}

/// How many objects there are, the oldest and the newest, and some spread evenly over the list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Dumps {
    pub(super) count: usize,
    pub(super) newest: Option<Dump>,
    oldest: Option<Dump>,
    /// Every object whose place in the list is divisible by two to the power of `halvings`.
    kept: Vec<Dump>,
    halvings: u32,
}

impl Dumps {
    /// Takes note of the next object of the list.
    pub(super) fn see(&mut self, dump: Dump) {
        if self.count.is_multiple_of(1 << self.halvings) {
            self.kept.push(dump.clone());
        }
        if self.kept.len() > KEPT {
            let mut place = 0;
            self.kept.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.halvings += 1;
        }
        self.count += 1;
        if self.oldest.as_ref().is_none_or(|oldest| dump < *oldest) {
            self.oldest = Some(dump.clone());
        }
        if self.newest.as_ref().is_none_or(|newest| dump > *newest) {
            self.newest = Some(dump);
        }
    }

    /// The oldest, the newest and a few in between, in the order of their age.
    pub(super) fn sample(&self) -> Vec<Dump> {
        let mut sample: Vec<Dump> = self.oldest.iter().chain(&self.newest).cloned().collect();
        let others: Vec<&Dump> = self.kept.iter().filter(|dump| !sample.contains(dump)).collect();
        let step = others.len().div_ceil(CHOSEN).max(1);
        sample.extend(others.into_iter().step_by(step).cloned());
        sample.sort();
        sample.dedup();
        sample
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dumps(count: i64) -> Dumps {
        let mut dumps = Dumps::default();
        for number in 0..count {
            let last_modified = Timestamp::from_second(number).unwrap();
            dumps.see(Dump { last_modified, key: format!("dumps/{number:06}"), size: 1 });
        }
        dumps
    }

    #[test]
    fn of_few_objects_every_one_is_chosen() {
        for count in 0..=10 {
            assert_eq!(dumps(count).sample().len(), usize::try_from(count).unwrap(), "{count}");
        }
    }

    #[test]
    fn of_many_a_few_are_chosen_over_the_whole_list_with_both_ends() {
        for count in [11, 16, 17, 18, 33, 1000, 54_321] {
            let dumps = dumps(count);
            let ages: Vec<i64> = dumps.sample().iter().map(|dump| dump.last_modified.as_second()).collect();
            assert!((6..=10).contains(&ages.len()), "{count}: {ages:?}");
            assert_eq!((ages.first(), ages.last()), (Some(&0), Some(&(count - 1))));
            let widest = ages.windows(2).map(|pair| pair[1] - pair[0]).max();
            assert!(widest <= Some(count / 3), "{count}: {ages:?}");
            assert!(dumps.kept.len() <= KEPT);
        }
    }
}
