//! The floor: a bare concurrent program that makes the same calls, as early as it can, and judges nothing.
//!
//! A call about a resource can be made once the lists that tell of the resource have been read; everything else can be
//! made as soon as it is known whose account and which regions there are.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use trackera_core::schema::{Rhythm, Schema, operation};
use trackera_tests::stage::{Call, lock};
use trackera_tests::wire::Message;

/// What has to be known before anything else.
const FIRST: [&str; 2] = ["sts:GetCallerIdentity", "ec2:DescribeRegions"];

#[derive(Default)]
struct Queue {
    groups: BTreeMap<String, Group>,
}

/// The calls of one operation.
#[derive(Default)]
struct Group {
    /// The operations that must have been answered before.
    before: Vec<String>,
    waiting: Vec<Call>,
    /// How many operations wait for this one: those come first that others wait for.
    waited_for: usize,
    /// How many are still to be answered.
    open: usize,
}

/// Makes the calls over `width` connections at once.
pub(crate) fn run(schema: &Schema, calls: &[Call], service: SocketAddr, width: usize) {
    let mut queue = Queue::default();
    for call in calls {
        let group = queue.groups.entry(call.operation.clone()).or_default();
        group.before = before(schema, &call.operation);
        group.waiting.push(call.clone());
        group.open += 1;
    }
    let before: Vec<String> = queue.groups.values().flat_map(|group| group.before.clone()).collect();
    for (operation, group) in &mut queue.groups {
        group.waited_for = before.iter().filter(|before| *before == operation).count();
    }
    let queue = Mutex::new(queue);
    let changed = Condvar::new();
    thread::scope(|scope| {
        for _ in 0..width {
            scope.spawn(|| work(&queue, &changed, service));
        }
    });
}

/// The operations that must have been answered before one can be called.
fn before(schema: &Schema, name: &str) -> Vec<String> {
    let lists = match operation(name).map(|operation| operation.rhythm) {
        Some(Rhythm::Each(kind) | Rhythm::Beside(kind)) => {
            schema.kind(kind).map(|kind| kind.operations.clone()).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    let own = lists.iter().position(|list| *list == name).unwrap_or(lists.len());
    let lists = lists.into_iter().take(own).map(str::to_owned);
    let first = FIRST.iter().filter(|_| !FIRST.contains(&name)).map(|first| (*first).to_owned());
    lists.chain(first).collect()
}

fn work(queue: &Mutex<Queue>, changed: &Condvar, service: SocketAddr) {
    let Ok(mut stream) = TcpStream::connect(service) else { return };
    let Ok(reading) = stream.set_nodelay(true).and_then(|()| stream.try_clone()) else { return };
    let mut reader = BufReader::new(reading);
    while let Some(call) = next(queue, changed) {
        let answered =
            call.request.write(&mut stream).and_then(|()| Message::read(&mut reader, call.request.answer_has_body()));
        let mut queue = lock(queue);
        if let Some(group) = queue.groups.get_mut(&call.operation) {
            group.open -= 1;
        }
        changed.notify_all();
        if answered.is_err() {
            return;
        }
    }
}

fn next(queue: &Mutex<Queue>, changed: &Condvar) -> Option<Call> {
    let mut queue = lock(queue);
    loop {
        let is_answered = |operation: &String| queue.groups.get(operation).is_none_or(|group| group.open == 0);
        let is_ready = |group: &Group| !group.waiting.is_empty() && group.before.iter().all(is_answered);
        let ready = queue.groups.iter().filter(|(_, group)| is_ready(group)).max_by_key(|(_, group)| group.waited_for);
        let ready = ready.map(|(operation, _)| operation.clone());
        if let Some(operation) = ready {
            return queue.groups.get_mut(&operation).and_then(|group| group.waiting.pop());
        }
        if queue.groups.values().all(|group| group.waiting.is_empty()) {
            return None;
        }
        queue = changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
    }
}
