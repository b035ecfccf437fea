//! Work on many things that do not depend on each other, spread over a few threads.
//!
//! What comes out depends on the things alone, never on which thread was faster.

use std::thread;

/// More threads than this gain nothing for the few milliseconds that the work takes.
const THREADS: usize = 4;

/// Does something with each of some things; the results stand in the order of the things.
pub(crate) fn spread<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    // Neighbours cost alike, so each thread takes every fourth thing.
    let share = |from: usize| things.iter().skip(from).step_by(THREADS).map(&work).collect::<Vec<R>>();
    let mut shares: Vec<_> = thread::scope(|scope| {
        let others: Vec<_> = (1..THREADS.min(things.len())).map(|from| scope.spawn(move || share(from))).collect();
        let own = share(0);
        let others =
            others.into_iter().map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        std::iter::once(own).chain(others).map(Vec::into_iter).collect()
    });
    let turns = shares.len().max(1);
    (0..things.len()).filter_map(|index| shares.get_mut(index % turns)?.next()).collect()
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn results_stand_in_the_order_of_the_things() {
        for many in [0, 1, 2, 3, 4, 5, 7, 100] {
            let things: Vec<usize> = (0..many).collect();
            let expected: Vec<usize> = things.iter().map(|thing| thing * 2).collect();
            assert_eq!(spread(&things, |thing| thing * 2), expected, "{many}");
        }
    }
}
