//! What the exit codes mean. They are an interface: scripts and evidence depend on them, so they never change.

use std::process;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExitCode {
    /// All is well.
    Good,
    /// Something failed: a rule is broken, or an example went otherwise than it says. Outranks `Unverified`.
    Failed,
    /// The command line or a file that people write is wrong.
    Usage,
    /// Nothing failed, but something could not be verified.
    Unverified,
    /// A guard refused.
    Refused,
    /// A person has to decide.
    Operator,
    /// The program itself is at fault.
    Internal,
}

impl ExitCode {
    /// Every code, in the order of its number.
    pub(crate) const ALL: [Self; 7] =
        [Self::Good, Self::Failed, Self::Usage, Self::Unverified, Self::Refused, Self::Operator, Self::Internal];

    /// The number that the shell sees.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unverified => 3,
            Self::Refused => 4,
            Self::Operator => 5,
            Self::Internal => 70,
        }
    }

    /// What it means, for the reference.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Good => "Good: everything that was asked for was done, and every rule that was checked holds.",
            Self::Failed => {
                "Failed: at least one rule is broken, or one example of a policy went otherwise than it says. A failure \
                 outranks what could not be verified."
            }
            Self::Usage => {
                "Usage: the command line, `trackera.yaml` or a policy file is wrong, or a filter matches nothing. \
                 Nothing was checked."
            }
            Self::Unverified => {
                "Could not verify: nothing failed, but evidence is missing or stale, so nobody can say that all is well."
            }
            Self::Refused => "Refused: a guard stopped the command before it did anything it should not.",
            Self::Operator => "Needs an operator: something is left over or ambiguous, and a person has to decide.",
            Self::Internal => "Internal: the program itself is at fault; please report it.",
        }
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_the_promised_ones() {
        assert_eq!(ExitCode::ALL.map(ExitCode::number), [0, 1, 2, 3, 4, 5, 70]);
    }
}
