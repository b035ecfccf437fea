//! What policies and accounts mean: against the truth about hard ones, and against IAM told once more, slowly.

#![cfg(test)]

mod administrators;
mod bucket_policies;
mod slow;
mod truth;
