//! A stand-in for the services: it passes requests on and keeps the answers, and then gives them again after as long as a
//! real service takes, so that whoever asks is measured and not the emulator.

use std::collections::BTreeMap;
use std::io::{self, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::wire::{HasBody, Message};

/// The header in which the lab names the operation that it answered.
pub const OPERATION: &str = "x-trackera-lab-operation";

/// One call that was made: the request, and the operation that it meant.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation, as the SDKs name it.
    pub operation: String,
    /// How long after the beginning it was answered.
    pub at: Duration,
    /// What was asked.
    pub request: Message,
}

/// What the stand-in does with a request.
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    /// Asks the service at this address.
    Record(SocketAddr),
    /// Gives the answers that were kept, each after a while.
    Replay(Duration),
}

#[derive(Default)]
struct Kept {
    answers: BTreeMap<String, Vec<Message>>,
    given: BTreeMap<String, usize>,
    calls: Vec<Call>,
    strangers: usize,
    begun: Option<Instant>,
}

/// A stand-in that listens on a port of its own.
#[derive(Clone)]
pub struct Stage {
    /// Where it listens.
    pub address: SocketAddr,
    mode: Arc<Mutex<Mode>>,
    kept: Arc<Mutex<Kept>>,
}

impl Stage {
    /// Begins to listen.
    ///
    /// # Errors
    /// Fails where no port is free.
    pub fn open(mode: Mode) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let stage = Self { address: listener.local_addr()?, mode: Arc::new(Mutex::new(mode)), kept: Arc::default() };
        let serving = stage.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let serving = serving.clone();
                // Whoever asks may hang up at any time; the next one gets a connection of its own.
                thread::spawn(move || drop(serving.serve(stream)));
            }
        });
        Ok(stage)
    }

    /// Changes what happens with requests, and forgets what was asked; recording begins anew.
    pub fn set(&self, mode: Mode) {
        *lock(&self.mode) = mode;
        let mut kept = lock(&self.kept);
        if let Mode::Record(_) = mode {
            kept.answers.clear();
        }
        kept.calls.clear();
        kept.given.clear();
        kept.strangers = 0;
        kept.begun = Some(Instant::now());
    }

    /// The calls since the mode was last set.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.kept).calls.clone()
    }

    /// How often each operation was called since this was asked last; the calls themselves are forgotten.
    pub fn taken(&self) -> BTreeMap<String, usize> {
        let mut taken = BTreeMap::new();
        let calls = std::mem::take(&mut lock(&self.kept).calls);
        calls.into_iter().for_each(|call| *taken.entry(call.operation).or_default() += 1);
        taken
    }

    /// How many requests were asked that nobody had recorded.
    pub fn strangers(&self) -> usize {
        lock(&self.kept).strangers
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut upstream: Option<(TcpStream, BufReader<TcpStream>)> = None;
        while let Some(request) = Message::read(&mut reader, HasBody::Yes)? {
            let mode = *lock(&self.mode);
            let answer = match mode {
                Mode::Record(service) => {
                    let (to, from) = match &mut upstream {
                        Some(open) => open,
                        None => {
                            let to = TcpStream::connect(service)?;
                            to.set_nodelay(true)?;
                            let from = BufReader::new(to.try_clone()?);
                            upstream.insert((to, from))
                        }
                    };
                    request.write(to)?;
                    let answer = Message::read(from, request.answer_has_body())?;
                    answer.ok_or(io::ErrorKind::UnexpectedEof)?
                }
                Mode::Replay(delay) => {
                    wait(delay);
                    self.again(&request)
                }
            };
            // Whoever has the answer may ask at once what was called.
            self.keep(request, &answer, mode);
            answer.write(&mut stream)?;
        }
        Ok(())
    }

    fn again(&self, request: &Message) -> Message {
        let mut kept = lock(&self.kept);
        let key = request.key();
        let before = kept.given.entry(key.clone()).or_default();
        let turn = *before;
        *before += 1;
        // The last answer stands for all that follow it: a report that is ready stays ready.
        let answers = kept.answers.get(&key);
        let answer = answers.and_then(|answers| answers.get(turn.min(answers.len().saturating_sub(1)))).cloned();
        answer.unwrap_or_else(|| {
            kept.strangers += 1;
            Message {
                start: "HTTP/1.1 500 Nobody Asked This Before".to_owned(),
                headers: vec![("content-length".to_owned(), "0".to_owned())],
                body: Vec::new(),
            }
        })
    }

    fn keep(&self, request: Message, answer: &Message, mode: Mode) {
        let operation = answer.header(OPERATION).unwrap_or_default().to_owned();
        let mut kept = lock(&self.kept);
        if let Mode::Record(_) = mode {
            kept.answers.entry(request.key()).or_default().push(answer.clone());
        }
        let at = kept.begun.map(|begun| begun.elapsed()).unwrap_or_default();
        kept.calls.push(Call { operation, at, request });
    }
}

#[expect(clippy::disallowed_methods, reason = "a service that takes its time is what is stood in for")]
fn wait(delay: Duration) {
    thread::sleep(delay);
}

/// What a lock guards, whoever panicked with it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
