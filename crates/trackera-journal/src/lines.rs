//! The lines of a log one after the other, so that nobody who reads a log has to hold it.

use std::io::BufRead as _;
use std::ops::Range;
use std::vec::IntoIter;

use crate::fs::Content;
use crate::reader::{ReadError, Reader, segment_file};

/// The lines of a range of entries, without their line ends, as far as the log has them.
#[derive(Debug)]
pub struct Lines {
    reader: Reader,
    /// The segments that are not open yet, by their first entries.
    segments: IntoIter<u64>,
    open: Option<(String, Box<dyn Content>)>,
    /// The sequence of the next line.
    next: u64,
    range: Range<u64>,
}

impl Lines {
    pub(crate) fn new(reader: &Reader, range: Range<u64>) -> Result<Self, ReadError> {
        let firsts = reader.segments()?;
        let next = firsts.iter().skip(1).copied().chain([u64::MAX]);
        let within = |(first, next): &(u64, u64)| *first < range.end && *next > range.start;
        let wanted: Vec<u64> = firsts.iter().copied().zip(next).filter(within).map(|(first, _)| first).collect();
        Ok(Self { reader: reader.clone(), segments: wanted.into_iter(), open: None, next: 0, range })
    }

    /// The next line that is whole, whether it is wanted or not.
    fn step(&mut self) -> Result<Option<(u64, Vec<u8>)>, ReadError> {
        loop {
            let (file, content) = match &mut self.open {
                Some(open) => open,
                None => {
                    let Some(first) = self.segments.next() else { return Ok(None) };
                    self.next = first;
                    let file = segment_file(first);
                    let content = self.reader.open(&file)?;
                    self.open.insert((file, content))
                }
            };
            let mut line = Vec::new();
            content.read_until(b'\n', &mut line).map_err(|error| self.reader.failed(file, error))?;
            if line.pop() == Some(b'\n') {
                self.next += 1;
                return Ok(Some((self.next - 1, line)));
            }
            self.open = None;
        }
    }
}

impl Iterator for Lines {
    type Item = Result<Vec<u8>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.open.is_none() || self.next < self.range.end {
            match self.step() {
                Ok(Some((sequence, line))) if self.range.contains(&sequence) => return Some(Ok(line)),
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }
}
