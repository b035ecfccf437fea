//! The signature of an exception, written into its file below the day that it ends with.

use trackera_core::policy::WaiverText;

const KEY: &str = "signature:";
const EXPIRES: &str = "expires:";

/// Writes the signature of an exception, in the place of an earlier one.
///
/// Gives nothing when the exception is written in a way that no signature can be added to.
pub(crate) fn sign(text: &str, waiver: &WaiverText, signature: &str) -> Option<String> {
    let start = waiver.expires.location().span().byte_offset().and_then(|offset| usize::try_from(offset).ok())?;
    let (before, after) = text.split_at_checked(start)?;
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let head = before.get(line_start..)?.trim_end().strip_suffix(EXPIRES)?;
    if head.chars().all(|character| matches!(character, ' ' | '-')) {
        return Some(below(text, line_start, &" ".repeat(head.len()), signature));
    }
    // In braces an earlier signature may stand anywhere, before or behind.
    if waiver.signature.is_some() {
        return None;
    }
    let quote = after.starts_with(['"', '\'']);
    let end = waiver.expires.value().len() + if quote { 2 } else { 0 };
    let (day, rest) = after.split_at_checked(end)?;
    Some(format!("{before}{day}, {}{rest}", quoted(signature)))
}

/// Adds the signature below the line of the day that the exception ends with.
fn below(text: &str, line_start: usize, indent: &str, signature: &str) -> String {
    let mut above: Vec<&str> = text.get(..line_start).unwrap_or_default().split_inclusive('\n').collect();
    let mut rest = text.get(line_start..).unwrap_or_default().split_inclusive('\n');
    let line = rest.next().unwrap_or_default();
    let mut beneath: Vec<&str> = rest.collect();
    let belongs = |line: &&str| line.trim().is_empty() || line.starts_with(indent);
    let below_end = beneath.iter().take_while(|line| belongs(line)).count();
    let above_start = above.len() - above.iter().rev().take_while(|line| belongs(line)).count();
    if !drop_signature(&mut beneath, 0..below_end, indent) {
        let end = above.len();
        drop_signature(&mut above, above_start..end, indent);
    }
    let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
    let line = line.trim_end_matches(['\r', '\n']);
    format!("{}{line}{end}{}{}", above.concat(), block(signature, indent, end), beneath.concat())
}

/// Takes the lines of a signature away, if there is one among these.
fn drop_signature(lines: &mut Vec<&str>, within: std::ops::Range<usize>, indent: &str) -> bool {
    let is_key = |line: &&str| line.strip_prefix(indent).is_some_and(|line| line.starts_with(KEY));
    let Some(first) = lines.get(within.clone()).and_then(|own| own.iter().position(is_key)) else { return false };
    let first = within.start + first;
    let deeper = format!("{indent} ");
    let content = lines.iter().skip(first + 1).take_while(|line| line.starts_with(&deeper)).count();
    lines.drain(first..=first + content);
    true
}

/// A signature as a block of lines, as people read it.
pub(super) fn block(signature: &str, indent: &str, end: &str) -> String {
    let lines = signature.lines().map(|line| format!("{indent}  {line}{end}"));
    format!("{indent}{KEY} |{end}{}", lines.collect::<String>())
}

/// A signature in one line, for an exception in braces.
pub(super) fn quoted(signature: &str) -> String {
    format!("{KEY} {}", super::scalar(signature))
}

#[cfg(test)]
mod tests {
    use trackera_core::policy::PolicyFile;
    use trackera_core::yaml::File;

    use super::*;

    const SIGNATURE: &str = "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n";
    const BLOCK: &str =
        "    signature: |\n      -----BEGIN SSH SIGNATURE-----\n      U1NI\n      -----END SSH SIGNATURE-----\n";

    fn signed(text: &str) -> Option<String> {
        let file: PolicyFile = File::new("a", text.as_bytes().to_vec()).unwrap().parse().unwrap();
        let signed = sign(text, &file.waivers[0], SIGNATURE)?;
        let again: PolicyFile = File::new("a", signed.clone().into_bytes()).unwrap().parse().unwrap();
        assert_eq!(again.waivers[0].signature.as_deref(), Some(SIGNATURE), "{signed}");
        assert_eq!(again.waivers.len(), file.waivers.len());
        Some(signed)
    }

    #[test]
    fn a_signature_stands_below_the_last_day_and_nothing_else_changes() {
        let lines = "waivers:\n  - policy: a  # why\n    resource: b\n    owner: c\n    reason: d\n    approver: e\n";
        let (day, ticket) = ("    expires: '2026-12-31'  # soon\n", "    ticket: f\n\n  # next\n");
        let other = "  - {policy: a, resource: b, owner: c, reason: d, approver: e, expires: 2026-12-31}\n";
        let wanted = format!("{lines}{day}{BLOCK}{ticket}{other}");
        assert_eq!(signed(&format!("{lines}{day}{ticket}{other}")).unwrap(), wanted);
        let old = "    signature: |\n      old\n      older\n";
        assert_eq!(
            signed(&format!("{lines}{day}{ticket}{other}").replace(ticket, &format!("{old}{ticket}"))).unwrap(),
            wanted
        );
        assert_eq!(signed(&format!("{lines}{old}{day}{ticket}{other}")).unwrap(), wanted);
        assert_eq!(signed(format!("{lines}{day}").trim_end()).unwrap(), format!("{lines}{day}{BLOCK}"));
        let windows = |text: String| text.replace('\n', "\r\n");
        assert_eq!(
            signed(&windows(format!("{lines}{day}{other}"))).unwrap(),
            windows(format!("{lines}{day}{BLOCK}{other}"))
        );
    }

    #[test]
    fn an_exception_in_braces_takes_its_signature_in_one_line_and_once() {
        let text =
            "waivers:\n  - {policy: a, resource: b, owner: c, expires: \"2026-12-31\", reason: d, approver: e} # x\n";
        let once = signed(text).unwrap();
        assert!(
            once.contains("\"2026-12-31\", signature: \"-----BEGIN") && once.ends_with("reason: d, approver: e} # x\n"),
            "{once}"
        );
        assert_eq!(signed(&once), None);
    }
}
