//! How far collecting has come, for whoever wants to show it.

/// Hears of every call that begins or ends.
///
/// It is called from the middle of collecting and so must return at once.
pub trait Progress: Sync {
    /// Takes note of one step.
    fn advanced(&self, step: &Step<'_>);
}

/// Where collecting stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// The calls that have ended, well or not.
    pub done: usize,
    /// The calls that are known to be needed; it grows while lists are being read.
    pub expected: usize,
    /// The tries beyond the first of each call.
    pub retries: usize,
    /// The operation that just began or ended.
    pub operation: &'a str,
    /// The region that it is about, or `global`.
    pub region: &'a str,
}

/// Shows nothing.
impl Progress for () {
    fn advanced(&self, _step: &Step<'_>) {}
}
