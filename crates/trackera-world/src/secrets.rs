//! Secrets, from where the configuration says that they are kept.
//!
//! They are read anew for every use, so that a changed one counts at once, and are never part of what is shown.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use thiserror::Error;
use trackera_core::company::alerts::Secret;

/// The longest secret that is read from a file.
const LONGEST: u64 = 4096;
/// The longest file with several secrets, such as the identities of age.
const LONGEST_TEXT: u64 = 64 * 1024;
const GROUP_READS: u32 = 0o040;
const GROUP_AND_OTHERS: u32 = 0o077;
/// The user and the group of the superuser.
const ROOT: u32 = 0;

/// Looks up a variable of the environment.
pub type Environment = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Where secrets are kept.
pub struct Secrets {
    environment: Environment,
    directory: PathBuf,
}

/// A secret; whatever prints it prints stars.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

/// Why there is no secret: where it is kept, never what it is.
#[derive(Debug, Error)]
pub enum SecretError {
    /// No such variable.
    #[error("the variable `{}` is not set", .0.escape_debug())]
    Absent(String),
    /// No such file, or none that can be read.
    #[error("the file `{}` cannot be read: {}", .0.escape_debug(), .1.kind())]
    Unreadable(String, #[source] io::Error),
    /// Others can read it, so it is no secret.
    #[error("others can use the file `{}`; `chmod 600` keeps them out", .0.escape_debug())]
    Shared(String),
    /// It is no line of text.
    #[error("`{}` does not hold one line of text", .0.escape_debug())]
    NotOneLine(String),
}

impl Secrets {
    /// Secrets in the environment of this process, and in files whose paths are relative to a directory.
    #[must_use]
    pub fn beside(directory: &Path) -> Self {
        Self::new(Box::new(super::environment), directory)
    }

    /// Secrets in an environment, and in files whose paths are relative to a directory.
    #[must_use]
    pub fn new(environment: Environment, directory: &Path) -> Self {
        Self { environment, directory: directory.to_owned() }
    }

    /// Reads a secret.
    ///
    /// # Errors
    /// Fails when it is not there, when it is empty or no line of text, and when others can read its file.
    pub fn read(&self, secret: &Secret) -> Result<SecretText, SecretError> {
        let (place, text) = self.found(secret, LONGEST)?;
        match text.is_empty() || text.contains(char::is_control) {
            true => Err(SecretError::NotOneLine(place.clone())),
            false => Ok(SecretText(text)),
        }
    }

    /// Reads a secret of several lines.
    ///
    /// # Errors
    /// Fails when it is not there or no text, and when others can read its file.
    pub fn read_lines(&self, secret: &Secret) -> Result<Vec<SecretText>, SecretError> {
        let (_, text) = self.found(secret, LONGEST_TEXT)?;
        Ok(text.lines().map(|line| SecretText(line.trim().to_owned())).collect())
    }

    fn found<'a>(&self, secret: &'a Secret, longest: u64) -> Result<(&'a String, String), SecretError> {
        Ok(match secret {
            Secret::Environment(name) => {
                (name, (self.environment)(name).ok_or_else(|| SecretError::Absent(name.clone()))?)
            }
            Secret::File(path) => (path, self.read_file(path, longest)?),
        })
    }

    fn read_file(&self, name: &str, longest: u64) -> Result<String, SecretError> {
        let unreadable = |error| SecretError::Unreadable(name.to_owned(), error);
        let path = self.directory.join(name);
        let file = fs::metadata(&path).map_err(unreadable)?;
        if file.is_file() && is_shared(file.mode(), file.uid(), file.gid()) {
            return Err(SecretError::Shared(name.to_owned()));
        }
        let bytes = trackera_files::read(&path, longest).map_err(unreadable)?;
        let text = String::from_utf8(bytes).map_err(|_| SecretError::NotOneLine(name.to_owned()))?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
    }
}

/// Tells whether somebody else than the owner has any right to a file.
///
/// systemd hands out credentials as files of root, readable by the service alone through an access control list. The
/// mode then shows the list's mask in the place of the group's rights, and the group is root's.
fn is_shared(mode: u32, owner: u32, group: u32) -> bool {
    let forbidden = if owner == ROOT && group == ROOT { GROUP_AND_OTHERS & !GROUP_READS } else { GROUP_AND_OTHERS };
    mode & forbidden != 0
}

impl SecretText {
    /// The secret, for the one who needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn read(directory: &Path, secret: &Secret) -> Result<String, String> {
        let environment = |name: &str| (name == "SET").then(|| "value".to_owned());
        let secrets = Secrets::new(Box::new(environment), directory);
        secrets.read(secret).map(|text| text.expose().to_owned()).map_err(|error| error.to_string())
    }

    fn file(bytes: &[u8], mode: u32) -> Result<String, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        read(directory.path(), &Secret::File("secret".to_owned()))
    }

    #[test]
    fn a_secret_is_read_from_where_it_is_kept() {
        assert_eq!(file(b"hunter2\n", 0o600).unwrap(), "hunter2");
        assert_eq!(file(b"hunter2\r\n", 0o400).unwrap(), "hunter2");
        assert_eq!(file(b" hunter2 ", 0o600).unwrap(), " hunter2 ");
        let set = Secret::Environment("SET".to_owned());
        assert_eq!(read(Path::new("/"), &set).unwrap(), "value");
        let shown = format!("{:?}", SecretText("hunter2".to_owned()));
        assert_eq!(shown, "***");
    }

    #[test]
    fn a_secret_of_several_lines_is_read_line_by_line_and_only_where_nobody_else_can() {
        let directory = tempfile::tempdir().unwrap();
        let (path, kept) = (directory.path().join("keys"), Secret::File("keys".to_owned()));
        fs::write(&path, "# made today\r\n first\nsecond\n").unwrap();
        let read = || Secrets::beside(directory.path()).read_lines(&kept);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let lines: Vec<String> = read().unwrap().iter().map(|line| line.expose().to_owned()).collect();
        assert_eq!(lines, ["# made today", "first", "second"]);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(read(), Err(SecretError::Shared(_))));
    }

    #[test]
    fn what_is_absent_or_no_line_of_text_is_no_secret() {
        let unset = Secret::Environment("UNSET".to_owned());
        assert!(read(Path::new("/"), &unset).unwrap_err().contains("`UNSET` is not set"));
        let nowhere = Secret::File("no/where".to_owned());
        assert!(read(Path::new("/"), &nowhere).unwrap_err().contains("`no/where` cannot be read"));
        assert!(read(Path::new("/"), &Secret::File("tmp".to_owned())).unwrap_err().contains("`tmp` cannot be read"));
        for bytes in [&b""[..], b"\n", b"hunter2\n\n", b"hunter\n2", b"hunter\x002", b"hunter\xff"] {
            let error = file(bytes, 0o600).unwrap_err();
            assert!(error.contains("one line") && !error.contains("hunter"), "{error}");
        }
        assert_eq!(file(&[b'x'; 4096], 0o600).unwrap().len(), 4096);
        assert!(file(&[b'x'; 4097], 0o600).is_err());
    }

    #[test]
    fn a_file_that_others_can_use_is_no_secret() {
        for mode in [0o604, 0o644, 0o602, 0o601, 0o620, 0o660] {
            let error = file(b"hunter2\n", mode).unwrap_err();
            assert!(error.contains("chmod 600") && !error.contains("hunter2"), "{mode:o}: {error}");
        }
    }

    #[test]
    fn a_credential_of_systemd_is_a_secret_although_its_mode_shows_the_mask_of_its_list() {
        assert!(!is_shared(0o100_440, 0, 0));
        assert!(is_shared(0o100_444, 0, 0));
        assert!(is_shared(0o100_460, 0, 0));
        assert!(is_shared(0o100_440, 1000, 0));
        assert!(is_shared(0o100_440, 0, 1000));
        assert!(!is_shared(0o100_400, 1000, 1000));
    }
}
