//! Many threads on one log.

use std::sync::Arc;

use trackera_journal::commit::Journal;

use super::disk::{FakeDisk, Loss};
use super::{draft, key, location, numbers};

#[test]
fn in_a_crowd_of_writers_each_learns_its_own_place_when_that_is_durable_and_not_before() {
    let disk = FakeDisk::default();
    let (journal, _) = Journal::open(location(&disk)).unwrap();
    let mut told = std::thread::scope(|scope| {
        let (journal, disk) = (&journal, &disk);
        let durable = move |number| {
            let range = journal.append(vec![draft(number), draft(number)]).unwrap();
            let found = numbers(&disk.after(Loss::All));
            assert_eq!(found.get(range.start as usize..range.end as usize), Some(&[number, number][..]));
            (range, number)
        };
        let writer = |thread: u64| {
            scope.spawn(move || (0..20).map(|number| durable(thread * 1000 + number)).collect::<Vec<_>>())
        };
        let writers: Vec<_> = (0..8).map(writer).collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect::<Vec<_>>()
    });
    let found = numbers(&disk.after(Loss::All));
    assert_eq!(found.len(), 8 * 20 * 2);
    told.sort_by_key(|(range, _)| range.start);
    for (range, number) in told {
        assert_eq!(found[range.start as usize..range.end as usize], [number, number]);
    }
}

#[test]
fn when_a_write_fails_everybody_who_waited_for_it_learns_that() {
    let disk = FakeDisk::default();
    let (journal, _) = Journal::open(location(&disk)).unwrap();
    assert_eq!(journal.append(vec![draft(0)]).unwrap(), 0..1);
    drop(disk.clone().failing_at(1));
    let journal = Arc::new(journal);
    std::thread::scope(|scope| {
        (0..8).for_each(|number| {
            drop(scope.spawn({
                let journal = &journal;
                move || assert!(journal.append(vec![draft(number)]).is_err())
            }))
        });
    });
    assert!(journal.checkpoint(&key()).is_err());
    assert_eq!(numbers(&disk.after(Loss::Nothing)), [0]);
}
