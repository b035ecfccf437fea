//! JSON for programs: two blanks of indentation, one line end at the end, and nothing in it that a terminal obeys.
//!
//! Every character that is not plain is written as `\u` and four digits, which any JSON reader turns back into the character.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::escape::is_plain;

/// Writes a value for people and programs alike.
pub(crate) fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    text(value, Harmless(PrettyFormatter::new()))
}

/// Writes a value as [`pretty`] does, to wherever it goes, piece by piece.
///
/// # Errors
/// Fails when nothing more can be written.
pub(crate) fn write_pretty(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Harmless(PrettyFormatter::new()));
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// Writes a value in one line, for programs that read while others write.
pub(crate) fn line(value: &impl Serialize) -> serde_json::Result<String> {
    text(value, Harmless(CompactFormatter))
}

/// Writes an object for storing: one line for each item of its lists, so that two files can be compared line by line.
pub(crate) fn lines(value: &impl Serialize) -> serde_json::Result<String> {
    text(value, Harmless(Lines { depth: 0 }))
}

fn text(value: &impl Serialize, formatter: impl Formatter) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter))?;
    bytes.push(b'\n');
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Breaks lines between the fields of the outermost object and between the items of their lists.
struct Lines {
    depth: usize,
}

impl Lines {
    fn begin<W: Write + ?Sized>(&self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        if self.depth <= 2 { writer.write_all(b"\n") } else { Ok(()) }
    }

    fn end<W: Write + ?Sized>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        if self.depth <= 2 {
            writer.write_all(b"\n")?;
        }
        self.depth = self.depth.saturating_sub(1);
        writer.write_all(bracket)
    }
}

impl Formatter for Lines {
    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.begin(writer, first)
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.begin(writer, first)
    }
}

/// Writes as another formatter does, and escapes all that is not plain.
struct Harmless<F>(F);

impl<F: Formatter> Formatter for Harmless<F> {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut units = [0; 2];
        let mut plain = 0;
        for (at, character) in fragment.char_indices().filter(|(_, character)| !is_plain(*character)) {
            writer.write_all(fragment.get(plain..at).unwrap_or_default().as_bytes())?;
            for unit in character.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + character.len_utf8();
        }
        writer.write_all(fragment.get(plain..).unwrap_or_default().as_bytes())
    }

    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn programs_read_back_what_was_written_and_terminals_obey_nothing() {
        let value = json!({"name": "\u{1b}[2J \u{9b} \u{202e} \u{200b} \u{e0041} \u{7f} é 🦀 \" \\ \n"});
        for text in [pretty(&value).unwrap(), lines(&value).unwrap(), line(&value).unwrap()] {
            assert!(
                text.contains("\\u001b[2J \\u009b \\u202e \\u200b \\udb40\\udc41 \\u007f é 🦀 \\\" \\\\ \\n"),
                "{text}"
            );
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            assert!(text.ends_with("}\n"));
        }
    }

    #[test]
    fn stored_objects_have_one_line_for_each_item() {
        let value = json!({"version": 1, "resources": [{"id": [1, 2]}, {"id": {}}], "gaps": []});
        let text = "{\n\"version\":1,\n\"resources\":[\n{\"id\":[1,2]},\n{\"id\":{}}\n],\n\"gaps\":[\n]\n}\n";
        assert_eq!(lines(&value).unwrap(), text);
    }
}
