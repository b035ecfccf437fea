//! Who may sign: an OpenSSH `allowed_signers` file, read as `ssh-keygen -Y verify` reads it.
//!
//! Certificates are refused rather than passed over: a line that silently never counts would surprise its author.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use ssh_key::PublicKey;
use ssh_key::public::KeyData;

/// The content of an `allowed_signers` file.
#[derive(Debug, Clone, Default)]
pub struct AllowedSigners {
    lines: Vec<Line>,
}

#[derive(Debug, Clone)]
struct Line {
    principals: Vec<String>,
    namespaces: Option<Vec<String>>,
    valid_after: Option<Timestamp>,
    valid_before: Option<Timestamp>,
    key: KeyData,
}

/// The first and the last moment of a key's use; none is without end.
pub type Span = (Option<Timestamp>, Option<Timestamp>);

/// A line that nobody should rely on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct SignersError {
    /// The line, counted from one.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Why a key may not sign in somebody's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// No line gives the key to this person.
    #[error("the key is not listed for this signer")]
    Unknown,
    /// It may sign other things.
    #[error("the key is listed for this signer, but not for this purpose")]
    Namespace,
    /// It is not valid yet.
    #[error("the key is not valid yet")]
    TooEarly,
    /// It is not valid any more.
    #[error("the key is not valid any more")]
    TooLate,
}

impl AllowedSigners {
    /// Reads the file. Moments without `Z` are in the given time zone, as OpenSSH takes them in that of the machine.
    ///
    /// # Errors
    /// The first line that cannot be relied on.
    pub fn parse(text: &str, zone: &TimeZone) -> Result<Self, SignersError> {
        let mut lines = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            lines.push(read_line(line, zone).map_err(|reason| SignersError { line: index + 1, reason })?);
        }
        Ok(Self { lines })
    }

    /// Whether a key may sign as this person, for this purpose, at this moment.
    ///
    /// # Errors
    /// Why not, by the line that comes closest.
    pub fn allows(&self, key: &KeyData, principal: &str, use_at: (&str, Timestamp)) -> Result<(), NotAllowed> {
        let lines = self.lines.iter().filter(|line| line.key == *key && matches_list(principal, &line.principals));
        let mut closest = NotAllowed::Unknown;
        for line in lines {
            match line.allows(use_at) {
                Ok(()) => return Ok(()),
                Err(reason) => closest = reason,
            }
        }
        Err(closest)
    }

    /// The spans of time in which a key may sign as this person for this purpose, one for each line that says so.
    ///
    /// # Errors
    /// When there is none.
    pub fn spans(&self, key: &KeyData, principal: &str, namespace: &str) -> Result<Vec<Span>, NotAllowed> {
        let lines = self.lines.iter().filter(|line| line.key == *key && matches_list(principal, &line.principals));
        let (lines, others): (Vec<&Line>, Vec<&Line>) = lines.partition(|line| line.is_for(namespace));
        match (lines.is_empty(), others.is_empty()) {
            (false, _) => Ok(lines.into_iter().map(|line| (line.valid_after, line.valid_before)).collect()),
            (true, false) => Err(NotAllowed::Namespace),
            (true, true) => Err(NotAllowed::Unknown),
        }
    }

    /// Whether any line, valid or not, gives the key to this person.
    #[must_use]
    pub fn lists(&self, key: &KeyData, principal: &str) -> bool {
        self.lines.iter().any(|line| line.key == *key && matches_list(principal, &line.principals))
    }

    /// The people that the file names in full, for whom a signature can be looked up.
    #[must_use]
    pub fn principals(&self) -> Vec<&str> {
        let named = |name: &&String| !name.contains(['*', '?']) && !name.starts_with('!');
        let mut names: Vec<&str> =
            self.lines.iter().flat_map(|line| &line.principals).filter(named).map(|n| &**n).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Line {
    fn is_for(&self, namespace: &str) -> bool {
        self.namespaces.as_ref().is_none_or(|allowed| matches_list(namespace, allowed))
    }

    fn allows(&self, (namespace, at): (&str, Timestamp)) -> Result<(), NotAllowed> {
        if !self.is_for(namespace) {
            return Err(NotAllowed::Namespace);
        }
        if self.valid_after.is_some_and(|after| at < after) {
            return Err(NotAllowed::TooEarly);
        }
        if self.valid_before.is_some_and(|before| at > before) {
            return Err(NotAllowed::TooLate);
        }
        Ok(())
    }
}

fn read_line(line: &str, zone: &TimeZone) -> Result<Line, String> {
    let (principals, rest) = field(line)?;
    let principals = list(&principals)?;
    // The key begins with its type, which no option is called like.
    if let Ok(key) = rest.parse::<PublicKey>() {
        let key = key.key_data().clone();
        return Ok(Line { principals, namespaces: None, valid_after: None, valid_before: None, key });
    }
    let (options, key) = options_and_rest(rest)?;
    let key: PublicKey = key.parse().map_err(|_| "the key cannot be read; it is written `TYPE BASE64`".to_owned())?;
    let key = key.key_data().clone();
    let mut line = Line { principals, namespaces: None, valid_after: None, valid_before: None, key };
    for option in options {
        let (name, value) = option.split_once('=').unwrap_or((&option, ""));
        match name.to_ascii_lowercase().as_str() {
            "namespaces" if line.namespaces.is_none() => line.namespaces = Some(list(value)?),
            "valid-after" if line.valid_after.is_none() => line.valid_after = Some(moment(value, zone)?),
            "valid-before" if line.valid_before.is_none() => line.valid_before = Some(moment(value, zone)?),
            "namespaces" | "valid-after" | "valid-before" => return Err(format!("`{name}` stands there twice")),
            "cert-authority" => return Err("certificates are not supported: list the signer's own key".to_owned()),
            _ => return Err("an option is unknown; there are namespaces, valid-after and valid-before".to_owned()),
        }
    }
    match (line.valid_after, line.valid_before) {
        (Some(after), Some(before)) if after >= before => Err("valid-after is not before valid-before".to_owned()),
        _ => Ok(line),
    }
}

/// The first field, which may stand in quotes, and what follows it.
fn field(line: &str) -> Result<(String, &str), String> {
    let missing = || "a line has principals, options and a key".to_owned();
    let (field, rest) = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').ok_or("a quote is not closed")?,
        None => line.split_once([' ', '\t']).ok_or_else(missing)?,
    };
    Ok((field.to_owned(), rest.trim_start()))
}

/// Options up to the first blank outside quotes, without their quotes, and what follows.
fn options_and_rest(text: &str) -> Result<(Vec<String>, &str), String> {
    let mut options = vec![String::new()];
    let mut is_quoted = false;
    for (index, character) in text.char_indices() {
        match character {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => options.push(String::new()),
            ' ' | '\t' if !is_quoted => return Ok((options, text.get(index..).unwrap_or_default().trim_start())),
            _ => options.last_mut().map_or((), |option| option.push(character)),
        }
    }
    Err(if is_quoted { "a quote is not closed" } else { "the key is missing" }.to_owned())
}

fn list(text: &str) -> Result<Vec<String>, String> {
    let items: Vec<String> = text.split(',').map(str::to_owned).collect();
    let is_good = items.iter().all(|item| !item.trim_start_matches('!').is_empty());
    if is_good { Ok(items) } else { Err("a list has an empty item".to_owned()) }
}

/// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, and `Z` behind it for UTC.
fn moment(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    let wrong = || "a moment is written YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, and Z for UTC".to_owned();
    let (digits, zone) = match text.strip_suffix('Z') {
        Some(digits) => (digits, TimeZone::UTC),
        None => (text, zone.clone()),
    };
    if !matches!(digits.len(), 8 | 12 | 14) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let part = |start: usize, end: usize| digits.get(start..end).and_then(|part| part.parse::<i16>().ok()).unwrap_or(0);
    let small = |start: usize| i8::try_from(part(start, start + 2)).unwrap_or(-1);
    let date = Date::new(part(0, 4), small(4), small(6)).map_err(|_| wrong())?;
    let time = Time::new(small(8), small(10), small(12), 0).map_err(|_| wrong())?;
    let zoned = DateTime::from_parts(date, time).to_zoned(zone).map_err(|_| wrong())?;
    Ok(zoned.timestamp())
}

/// A list of patterns as OpenSSH matches it: one must match, and none that begins with `!`.
fn matches_list(text: &str, patterns: &[String]) -> bool {
    let mut is_matched = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(negated) if matches(text.as_bytes(), negated.as_bytes()) => return false,
            Some(_) => {}
            None => is_matched |= matches(text.as_bytes(), pattern.as_bytes()),
        }
    }
    is_matched
}

/// `*` is any text and `?` any byte. Walks back to the last star only, so that no pattern is slow.
fn matches(text: &[u8], pattern: &[u8]) -> bool {
    let (mut at, mut in_pattern) = (0, 0);
    let mut retry = None;
    while at < text.len() {
        match pattern.get(in_pattern) {
            Some(b'*') => {
                retry = Some((at, in_pattern));
                in_pattern += 1;
            }
            Some(wanted) if *wanted == b'?' || Some(wanted) == text.get(at) => {
                at += 1;
                in_pattern += 1;
            }
            _ => match retry.take() {
                Some((start, star)) => {
                    (at, in_pattern) = (start + 1, star + 1);
                    retry = Some((start + 1, star));
                }
                None => return false,
            },
        }
    }
    pattern.get(in_pattern..).unwrap_or_default().iter().all(|rest| *rest == b'*')
}

#[cfg(test)]
mod tests;
