//! Columns, indentation and colour. Colour never stands alone: the word says the same.

use anstyle::{AnsiColor, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};
use jiff::Timestamp;
use trackera_core::verdict::Verdict;

/// A blank that no line is broken at. Text of foreign origin holds none, because it counts as invisible.
pub(crate) const HARD_BLANK: char = '\u{a0}';

/// The width and the colours of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// How many columns there are.
    pub(crate) width: usize,
    /// Whether colours are shown.
    pub(crate) colour: bool,
}

/// What a piece of text means, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// A heading.
    Strong,
    /// Good news.
    Good,
    /// Bad news.
    Bad,
    /// Something that wants attention.
    Doubtful,
    /// Something in the background.
    Quiet,
}

impl Tone {
    /// The tone of a verdict.
    pub(crate) fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Fail => Self::Bad,
            Verdict::Unknown => Self::Doubtful,
            Verdict::Pass => Self::Good,
            Verdict::Waived | Verdict::NotApplicable => Self::Quiet,
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Strong => Style::new().bold(),
            Self::Good => AnsiColor::Green.on_default().bold(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Doubtful => AnsiColor::Yellow.on_default().bold(),
            Self::Quiet => Style::new().dimmed(),
        }
    }
}

impl Look {
    /// Colours a text that holds nothing of foreign origin but what was made harmless.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        let style = tone.style();
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Lays rows out in columns that fit, indented; [`HARD_BLANK`] is where no line ends.
    pub(crate) fn columns<const N: usize>(self, indent: usize, rows: impl IntoIterator<Item = [String; N]>) -> String {
        let mut table = Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        rows.into_iter().for_each(|row| {
            table.add_row(row);
        });
        // The blanks behind the last column need no room.
        let width = u16::try_from(self.width.saturating_sub(indent).saturating_add(2)).unwrap_or(u16::MAX);
        table.set_width(width);
        let wanted = table.column_max_content_widths();
        for (column, wanted) in table.column_iter_mut().zip(wanted) {
            column.set_padding((0, 2));
            // A sentence can be broken anywhere; names are what people look for and copy.
            if column.index + 1 < N {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(
                    wanted.saturating_add(2).min(width / 5 * 2),
                )));
            }
        }
        let margin = " ".repeat(indent);
        table
            .lines()
            .map(|line| format!("{}\n", format!("{margin}{line}").replace(HARD_BLANK, " ").trim_end()))
            .collect()
    }

    /// Breaks a text into lines that fit, indented.
    pub(crate) fn paragraph(self, indent: usize, text: &str) -> String {
        self.columns(indent, [[text.to_owned()]])
    }

    /// Lays rows out as `columns` does; then colours the word at the beginning of each row.
    pub(crate) fn painted_columns<const N: usize>(
        self,
        indent: usize,
        rows: Vec<(Option<Tone>, [String; N])>,
    ) -> String {
        let heads: Vec<(Option<Tone>, String)> =
            rows.iter().map(|(tone, cells)| (*tone, cells.first().cloned().unwrap_or_default())).collect();
        let text = self.columns(indent, rows.into_iter().map(|(_, cells)| cells));
        if !self.colour {
            return text;
        }
        let mut heads = heads.into_iter().peekable();
        text.lines().map(|line| format!("{}\n", self.paint_head(indent, line, &mut heads))).collect()
    }

    /// The first line of a row begins with its first cell; further lines begin with blanks.
    fn paint_head(
        self,
        indent: usize,
        line: &str,
        heads: &mut std::iter::Peekable<impl Iterator<Item = (Option<Tone>, String)>>,
    ) -> String {
        let begins = |head: &str| !head.is_empty() && line.get(indent..).is_some_and(|rest| rest.starts_with(head));
        if let Some((tone, head)) = heads.next_if(|(_, head)| begins(head))
            && let Some(tone) = tone
        {
            let (margin, rest) = line.split_at(indent);
            return format!("{margin}{}{}", self.paint(tone, &head), rest.strip_prefix(&head).unwrap_or_default());
        }
        line.to_owned()
    }
}

/// A moment to the second, which is as exact as people read.
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `1 row`, `2 rows`.
pub(crate) fn counted(count: usize, one: &str) -> String {
    match (count, one.strip_suffix('y')) {
        (1, _) => format!("1 {one}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Look = Look { width: 40, colour: false };

    #[test]
    fn columns_fit_the_width_and_leave_no_blanks_behind() {
        let long = "a sentence that is much longer than the width of the terminal allows for".to_owned();
        let text = PLAIN.columns(2, [["fail".to_owned(), long], ["pass".to_owned(), "short".to_owned()]]);
        assert!(text.lines().all(|line| line.chars().count() <= 40 && !line.ends_with(' ')), "{text}");
        assert!(text.starts_with("  fail  a sentence"), "{text}");
        assert!(text.ends_with("\n  pass  short\n"), "{text}");
    }

    #[test]
    fn colour_changes_nothing_but_the_colour() {
        let rows =
            || vec![(Some(Tone::Bad), ["fail".to_owned(), "x y ".repeat(30)]), (None, ["x".to_owned(), String::new()])];
        let coloured = Look { colour: true, ..PLAIN }.painted_columns(2, rows());
        assert!(coloured.contains("\u{1b}[1m\u{1b}[31mfail\u{1b}[0m"), "{coloured:?}");
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), PLAIN.painted_columns(2, rows()));
    }

    #[test]
    fn counts_are_english() {
        assert_eq!(
            [counted(1, "policy"), counted(2, "policy"), counted(0, "gap")],
            ["1 policy", "2 policies", "0 gaps"]
        );
    }
}
