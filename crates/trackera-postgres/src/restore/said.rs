//! What programs say of a dump or of the machine when they fail, as trouble that has a name.

use crate::program::{Ended, first_error};
use crate::trouble::{BadDump, Trouble};

/// What a failed program says of the dump or the machine.
pub(super) fn trouble_of(ended: &Ended) -> Trouble {
    let said = ended.said.as_str();
    let says = |words: &str| said.contains(words);
    if says("No space left on device") || says("could not extend file") || says("File too large") {
        return Trouble::DiskFull;
    }
    if let Some(version) = between(said, "unsupported version (", ")") {
        return BadDump::Newer(format!("archive {version}")).into();
    }
    let line = first_error(said);
    if line.contains("role \"") && line.contains("does not exist") || says("role \"") && says("\" does not exist") {
        let role = between(said, "role \"", "\"");
        return BadDump::RoleMissing(role.unwrap_or_default().to_owned()).into();
    }
    if let Some(extension) = between(said, "extension \"", "\" is not available") {
        return BadDump::ExtensionMissing(extension.to_owned()).into();
    }
    let cut = ["end of file", "could not read from input file", "unexpected end", "error during file seek"];
    if cut.iter().any(|words| says(words)) {
        return BadDump::CutShort.into();
    }
    let damaged = ["could not uncompress data", "corrupt", "did not find magic string", "invalid", "unexpected"];
    if damaged.iter().any(|words| line.contains(words)) {
        return BadDump::Damaged.into();
    }
    ended.failure()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}
