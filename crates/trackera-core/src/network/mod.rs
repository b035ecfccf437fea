//! Exact sets of addresses, and what of them is the Internet.

mod addresses;
mod ports;

pub use addresses::{AddressSet, Family};
pub use ports::{OpenPorts, Rule, open_to_internet};
