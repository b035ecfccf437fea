//! Network access control lists, from their resources.

use super::{View, exposure};
use crate::language::value::Unknown;
use crate::network::{Acl, AclEntry, AddressSet};

/// Reads a list; an entry that is not known leaves the whole list unknown, because the first that matches decides.
pub(super) fn read(acl: &View<'_>) -> Result<Acl, Unknown> {
    let (entries, missing) = acl.views("entries")?;
    if let Some(missing) = missing {
        return Err(missing);
    }
    let (mut ingress, mut egress) = (Vec::new(), Vec::new());
    for entry in &entries {
        let direction = if entry.truth("egress")? == Some(true) { &mut egress } else { &mut ingress };
        direction.extend(read_entry(entry)?);
    }
    Ok(Acl::new(ingress, egress))
}

/// One entry for each family that it names. What cannot be read may be anything, so it leaves the list unknown.
fn read_entry(entry: &View<'_>) -> Result<Vec<AclEntry>, Unknown> {
    let number = entry.number("rule_number")?.unwrap_or(i64::MAX);
    let allows = entry.text("rule_action")? == Some("allow");
    let protocol = entry.text("protocol")?.unwrap_or("-1").to_owned();
    let ports = exposure::ports(entry.number("from_port")?, entry.number("to_port")?);
    let mut read = Vec::new();
    for field in ["cidr_block", "ipv6_cidr_block"] {
        if let Some(range) = entry.text(field)? {
            let (family, peers) = AddressSet::parse(range).ok_or_else(malformed)?;
            read.push(AclEntry { number, allows, protocol: protocol.clone(), ports, family, peers });
        }
    }
    if read.is_empty() { Err(malformed()) } else { Ok(read) }
}

fn malformed() -> Unknown {
    exposure::malformed("a network access control list entry without an address range")
}
