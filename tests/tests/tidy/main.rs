//! The habits of this repository that no compiler and no linter holds, as tests over its own files.
//!
//! Each test names every place that breaks its rule, so that one run shows all there is to do.

#[cfg(test)]
mod files;
#[cfg(test)]
mod manifests;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod sources;
