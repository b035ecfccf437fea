//! Takes the power away at every write, in every way to lose what was not synced, and looks what is left.

use trackera_journal::log::Log;

use super::disk::{FakeDisk, Loss};
use super::{DIRECTORY, append, is_full, key, location, numbers};

/// What had been acknowledged when the power failed.
#[derive(Debug, Default, Clone, Copy)]
struct Acknowledged {
    entries: u64,
    signed: u64,
}

#[test]
fn no_loss_of_power_loses_an_acknowledged_entry() {
    let mut trials = 0;
    for write in 1.. {
        let disk = FakeDisk::default().failing_at(write);
        let acknowledged = work(&disk);
        if !disk.is_dark() {
            break;
        }
        for loss in Loss::EVERY {
            trials += 1;
            holds(&disk.after(loss), acknowledged, &format!("power failed at write {write}, lost {loss:?}"));
        }
    }
    println!("trials: {trials} losses of power while writing, no acknowledged entry lost");
    assert!(trials > 100, "the sweep saw {trials} cases only");
}

#[test]
fn no_loss_of_power_during_the_repair_loses_an_acknowledged_entry() {
    let mut trials = 0;
    for write in (1..).step_by(if is_full() { 1 } else { 3 }) {
        let disk = FakeDisk::default().failing_at(write);
        let acknowledged = work(&disk);
        if !disk.is_dark() {
            break;
        }
        for first in [Loss::Half, Loss::FirstHalf, Loss::Nothing] {
            for again in 1.. {
                let disk = disk.after(first).failing_at(again);
                let opened = Log::open(location(&disk)).is_ok();
                if !disk.is_dark() {
                    assert!(opened);
                    break;
                }
                for second in Loss::EVERY {
                    trials += 1;
                    let what = format!("power failed at {write} and in repair at {again}, {first:?} then {second:?}");
                    holds(&disk.after(second), acknowledged, &what);
                }
            }
        }
    }
    println!("trials: {trials} losses of power while repairing, no acknowledged entry lost");
}

#[test]
fn a_log_whose_write_failed_stays_closed() {
    let disk = FakeDisk::default();
    let (mut log, _) = Log::open(location(&disk)).unwrap();
    assert!(append(&mut log, 0..2));
    drop(disk.clone().failing_at(1));
    assert!(!append(&mut log, 2..4));
    let disk = disk.after(Loss::Nothing);
    assert_eq!(numbers(&disk), [0, 1]);
}

/// Batches of different sizes over several segments, with checkpoints between them.
fn work(disk: &FakeDisk) -> Acknowledged {
    let mut acknowledged = Acknowledged::default();
    let Ok((mut log, _)) = Log::open(location(disk)) else { return acknowledged };
    for (index, batch) in [1, 2, 3, 1, 4, 1].into_iter().enumerate() {
        let next = acknowledged.entries + batch;
        if append(&mut log, acknowledged.entries..next) {
            acknowledged.entries = next;
        } else {
            assert!(disk.is_dark());
        }
        if index % 2 == 1 && log.checkpoint(&key()).is_ok() {
            acknowledged.signed = acknowledged.entries;
        }
    }
    acknowledged
}

/// The log opens, has all that was acknowledged and nothing else than was written, goes on, and verifies.
fn holds(disk: &FakeDisk, acknowledged: Acknowledged, what: &str) {
    let (mut log, _) = Log::open(location(disk)).unwrap_or_else(|error| panic!("{what}: {error}"));
    let found = numbers(disk);
    assert!(found.len() as u64 >= acknowledged.entries, "{what}: {found:?} of {acknowledged:?}");
    assert!(found.iter().copied().eq(0..found.len() as u64), "{what}: {found:?}");
    let next = found.len() as u64;
    assert!(append(&mut log, next..next + 2), "{what}");
    log.checkpoint(&key()).unwrap();
    let reader = trackera_journal::reader::Reader::new(std::sync::Arc::new(disk.clone()), DIRECTORY.as_ref());
    let verified = reader.verify(&key().verifier()).unwrap();
    assert!(verified.is_sound() && verified.torn.is_none(), "{what}: {verified:?}");
    assert!(reader.checkpoints().unwrap().contains(&acknowledged.signed) || acknowledged.signed == 0, "{what}");
}
