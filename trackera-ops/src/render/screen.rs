//! The terminal, or whatever stands in its place: the only code of this crate that writes to stdout and stderr.
//!
//! Standard output carries what was asked for; standard error carries talk. A reader who has seen enough and closes the
//! pipe is not an error.

use std::io::{self, IsTerminal as _, Write};

use anstream::{AutoStream, ColorChoice};
use anyhow::Context as _;

use super::look::Look;

/// The width where there is no terminal and nobody says otherwise.
const USUAL_WIDTH: usize = 100;
const NARROWEST: usize = 40;
const WIDEST: usize = 200;

/// What output and talk look like, and where they go.
#[derive(Debug)]
pub(crate) struct Screen {
    /// For standard output.
    pub(crate) look: Look,
    /// For standard error.
    pub(crate) talk: Look,
    /// Whether a person watches standard error.
    pub(crate) is_watched: bool,
}

impl Screen {
    /// Looks at what the streams are connected to; `columns` is the width that the environment asks for.
    pub(crate) fn detect(columns: Option<usize>) -> Self {
        let (out, err) = (io::stdout(), io::stderr());
        let width = width(terminal_size::terminal_size_of(&out), columns);
        let talk_width = width_of_talk(&err, columns);
        Self {
            look: Look { width, colour: AutoStream::choice(&out) != ColorChoice::Never },
            talk: Look { width: talk_width, colour: AutoStream::choice(&err) != ColorChoice::Never },
            is_watched: err.is_terminal(),
        }
    }

    /// Writes data.
    pub(crate) fn print(&self, text: &str) -> anyhow::Result<()> {
        write(&mut io::stdout().lock(), text).context("cannot write to standard output")
    }

    /// Writes data piece by piece.
    pub(crate) fn write(&self, tell: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        readable(tell(&mut out).and_then(|()| out.flush())).context("cannot write to standard output")
    }

    /// Talks; if nobody can hear it, there is nobody to tell.
    pub(crate) fn say(&self, text: &str) {
        let _unheard = write(&mut io::stderr().lock(), text);
    }
}

/// Talks, for those who have no screen at hand.
pub(super) fn talk(text: &str) {
    let _unheard = write(&mut io::stderr().lock(), text);
}

fn width_of_talk(err: &io::Stderr, columns: Option<usize>) -> usize {
    width(terminal_size::terminal_size_of(err), columns)
}

fn width(terminal: Option<(terminal_size::Width, terminal_size::Height)>, columns: Option<usize>) -> usize {
    let terminal = terminal.map(|(width, _)| usize::from(width.0));
    terminal.or(columns).filter(|width| *width > 0).unwrap_or(USUAL_WIDTH).clamp(NARROWEST, WIDEST)
}

fn write(stream: &mut dyn Write, text: &str) -> io::Result<()> {
    readable(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()))
}

/// A reader who has seen enough is not an error.
fn readable(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use terminal_size::{Height, Width};

    use super::*;

    #[test]
    fn the_terminal_knows_its_width_best_and_extremes_are_not_followed() {
        assert_eq!(width(Some((Width(80), Height(24))), Some(120)), 80);
        assert_eq!(width(None, Some(120)), 120);
        assert_eq!(width(None, None), USUAL_WIDTH);
        assert_eq!(width(Some((Width(0), Height(0))), None), USUAL_WIDTH);
        assert_eq!(width(Some((Width(7), Height(24))), None), NARROWEST);
        assert_eq!(width(None, Some(10_000)), WIDEST);
    }

    #[test]
    fn a_reader_who_has_seen_enough_is_not_an_error() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        write(&mut Closed, "text").unwrap();
    }
}
