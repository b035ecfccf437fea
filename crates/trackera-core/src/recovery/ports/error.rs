//! Why a call did not give what it was made for, told apart by what a runner does about it.

use std::fmt;

use thiserror::Error;

/// A call that did not give what it was made for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{operation}`: {trouble}{}", code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
pub struct PortError {
    /// The operation, as `rds:DeleteDBInstance`.
    pub operation: &'static str,
    /// What kind of trouble it was.
    pub trouble: Trouble,
    /// The service's own code, if it gave one.
    pub code: Option<String>,
}

/// What kind of trouble a call met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The caller lacks a right; nothing was changed.
    Denied,
    /// The service does not do that: a wrong value, a quota, a key that it cannot use; nothing was changed.
    Refused,
    /// Something that the call names is not there; nothing was changed.
    NotFound,
    /// The name is taken: by what the call would make, or by something else.
    AlreadyExists,
    /// What the call names is in a state that does not allow it now; nothing was changed.
    WrongState,
    /// Too many calls; nothing was changed.
    Throttled,
    /// No answer that could be understood: whether anything was changed is unknown.
    NoAnswer,
    /// There are no credentials, or they have ended; nothing was changed.
    Credentials,
    /// A file of this machine could not be read or written, for this reason.
    File(String),
    /// Our own rules forbid it, for this reason; nothing was asked.
    Guarded(String),
}

impl PortError {
    /// Tells whether the change may have been made all the same.
    pub fn outcome_is_unknown(&self) -> bool {
        self.trouble == Trouble::NoAnswer
    }

    /// A call that our own rules forbid.
    pub fn guarded(operation: &'static str, reason: impl Into<String>) -> Self {
        Self { operation, trouble: Trouble::Guarded(reason.into()), code: None }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => formatter.write_str("not allowed"),
            Self::Refused => formatter.write_str("refused"),
            Self::NotFound => formatter.write_str("not found"),
            Self::AlreadyExists => formatter.write_str("the name is taken"),
            Self::WrongState => formatter.write_str("not possible in this state"),
            Self::Throttled => formatter.write_str("too many calls"),
            Self::NoAnswer => formatter.write_str("no answer, so that its outcome is unknown"),
            Self::Credentials => formatter.write_str("no valid credentials"),
            Self::File(reason) => write!(formatter, "a local file could not be used: {reason}"),
            Self::Guarded(reason) => write!(formatter, "not asked for, because {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_silence_leaves_the_outcome_unknown() {
        let error = |trouble| PortError { operation: "rds:DeleteDBInstance", trouble, code: None };
        assert!(error(Trouble::NoAnswer).outcome_is_unknown());
        for known in [Trouble::Denied, Trouble::Throttled, Trouble::WrongState, Trouble::Credentials] {
            assert!(!error(known).outcome_is_unknown());
        }
    }

    #[test]
    fn an_error_names_the_operation_and_the_code() {
        let code = Some("KMSKeyNotAccessibleFault".to_owned());
        let error = PortError { operation: "rds:CopyDBSnapshot", trouble: Trouble::Refused, code };
        assert_eq!(error.to_string(), "`rds:CopyDBSnapshot`: refused (KMSKeyNotAccessibleFault)");
        let error = PortError::guarded("rds:DeleteDBInstance", "it is not marked");
        assert_eq!(error.to_string(), "`rds:DeleteDBInstance`: not asked for, because it is not marked");
    }
}
