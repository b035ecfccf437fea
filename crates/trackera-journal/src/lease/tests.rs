//! Leases over a store in memory, with clocks that the test turns by hand.

use object_store::memory::InMemory;

use super::*;

const TIME_TO_LIVE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn one_of_many_challengers_wins_an_epoch() {
    let store = store();
    let watch = Watch::new(TIME_TO_LIVE);
    for epoch in 1..4 {
        let seen = store.look().await.unwrap();
        let names: Vec<String> = (0..8).map(|number| format!("agent-{number}")).collect();
        let tries = names.iter().map(|name| store.take(&seen, name, (&watch, seconds(0))));
        let attempts = futures_util::future::join_all(tries).await;
        let won =
            attempts.iter().filter(|attempt| matches!(attempt, Ok(Attempt::Taken(lease)) if lease.epoch() == epoch));
        assert_eq!(won.count(), 1, "{attempts:?}");
        assert!(attempts.iter().all(Result::is_ok));
    }
}

#[tokio::test]
async fn a_renewed_lease_is_held_and_a_silent_one_is_free_after_its_time_to_live() {
    let store = store();
    let mut watch = Watch::new(TIME_TO_LIVE);
    let mut lease = taken(&store, "primary").await;
    for second in 0..100 {
        store.renew(&mut lease, &second.to_string(), seconds(second)).await.unwrap();
        assert_eq!(watch.saw(store.look().await.unwrap(), moment(second)), Conclusion::Held);
    }
    assert_eq!(watch.saw(store.look().await.unwrap(), moment(129)), Conclusion::Held);
    assert_eq!(watch.saw(store.look().await.unwrap(), moment(130)), Conclusion::Free);
}

#[tokio::test]
async fn whoever_lost_the_lease_learns_it_from_the_store_and_from_its_own_clock() {
    let store = store();
    let mut old = taken(&store, "primary").await;
    assert_eq!(old.check(seconds(15)).unwrap(), 1);
    assert!(matches!(old.check(seconds(16)), Err(LeaseError::Expired(1))));
    let new = taken(&store, "standby").await;
    assert_eq!(new.epoch(), 2);
    assert!(matches!(store.renew(&mut old, "token", seconds(1)).await, Err(LeaseError::TakenOver(1))));
}

#[tokio::test]
async fn a_damaged_epoch_is_named_and_nobody_takes_over() {
    let store = store();
    taken(&store, "primary").await;
    for bad in ["nonsense", r#"{"epoch":7,"holder":"mallory"}"#] {
        store.store.put(&store.epoch_path(1), PutPayload::from(bad.as_bytes().to_vec())).await.unwrap();
        let error = store.look().await.unwrap_err().to_string();
        assert!(error.contains("epoch/000001"), "{error}");
    }
}

#[test]
fn a_slow_store_never_makes_the_watch_shorter() {
    let sighting = || Sighting { holder: Some(Holder { epoch: 1, holder: "a".to_owned() }), token: None };
    let mut watch = Watch::new(TIME_TO_LIVE);
    assert_eq!(watch.saw(sighting(), seconds(0)..seconds(25)), Conclusion::Held);
    assert_eq!(watch.saw(sighting(), seconds(55)..seconds(90)), Conclusion::Held);
    assert_eq!(watch.saw(sighting(), seconds(56)..seconds(90)), Conclusion::Free);
}

async fn taken(store: &LeaseStore, holder: &str) -> Lease {
    let seen = store.look().await.unwrap();
    match store.take(&seen, holder, (&Watch::new(TIME_TO_LIVE), seconds(0))).await.unwrap() {
        Attempt::Taken(lease) => lease,
        Attempt::Lost => panic!("nobody else is there"),
    }
}

fn store() -> LeaseStore {
    let (store, prefix) = (Arc::new(InMemory::new()), Path::from("leases/primary"));
    LeaseStore { store, prefix, timeout: Duration::from_secs(5) }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn moment(second: u64) -> Range<Duration> {
    seconds(second)..seconds(second)
}
