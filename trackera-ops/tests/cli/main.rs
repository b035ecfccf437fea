//! The program as people run it: what it prints, how it ends, and what it makes of broken or hostile input.
//!
//! Nothing here needs AWS or a lab: snapshots are made from the types of the core.

#[cfg(test)]
mod approvals;
#[cfg(test)]
mod baseline;
#[cfg(test)]
mod check;
#[cfg(test)]
mod coordination;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod estate;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod findings;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod lint;
#[cfg(test)]
mod place;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod procedures;
#[cfg(test)]
mod runbooks;
#[cfg(test)]
mod signed_waivers;
#[cfg(test)]
mod waiver_files;
#[cfg(test)]
mod waivers;
