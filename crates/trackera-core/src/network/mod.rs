//! Exact sets of addresses, and what of them is the Internet.

mod acl;
mod addresses;
mod ports;

pub use acl::{Acl, AclEntry};
pub use addresses::{AddressSet, Family};
pub use ports::{OpenPorts, Rule, open_to_internet};
