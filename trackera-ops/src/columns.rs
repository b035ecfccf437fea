//! Changes of findings as columns (Parquet), for tools that count and compare: one file for each day.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::tz::TimeZone;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use trackera_watch::record::{Change, FindingChange, Record, Seen, digest};

use crate::findings::Recorded;

/// Like the record itself, the names of columns never change their meaning.
const SCHEMA: &str = "message finding {
    required binary log (STRING);
    required int64 sequence;
    required int64 epoch;
    required int64 at (TIMESTAMP(MICROS, true));
    required binary policy (STRING);
    required binary account (STRING);
    required binary region (STRING);
    required binary kind (STRING);
    required binary resource (STRING);
    required binary change (STRING);
    optional binary severity (STRING);
    optional binary verdict (STRING);
    optional binary reason (STRING);
    optional binary evidence (STRING);
    optional binary acknowledged_by (STRING);
}";

/// A change with the place that it stands in.
type Row<'a> = (&'a Recorded, &'a FindingChange);

/// The files of a log, each with its path; the directory of a day is `day=YYYY-MM-DD`, as query engines expect it.
///
/// # Errors
/// Fails when the columns cannot be written.
pub(crate) fn files(recorded: &[Recorded]) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut days: BTreeMap<(String, &str), Vec<Row<'_>>> = BTreeMap::new();
    for one in recorded {
        if let Record::Finding(change) = &one.record {
            let day = change.at.to_zoned(TimeZone::UTC).date().to_string();
            days.entry((day, &one.log)).or_default().push((one, change));
        }
    }
    let file = |((day, log), rows): ((String, &str), Vec<Row<'_>>)| {
        // A log that grew gives the same name again, and two logs never the same.
        let name = format!("day={day}/{}.parquet", digest([log]));
        Ok((name, write(&rows)?))
    };
    days.into_iter().map(file).collect()
}

fn write(rows: &[Row<'_>]) -> anyhow::Result<Vec<u8>> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for column in columns(rows)? {
        let mut writer = group.next_column()?.context("the schema has a column less")?;
        column.write(&mut writer)?;
        writer.close()?;
    }
    group.close()?;
    writer.close()?;
    Ok(bytes)
}

enum Column {
    Text(Vec<ByteArray>),
    Number(Vec<i64>),
    /// Values that are there, and for each row whether it has one.
    Sparse(Vec<ByteArray>, Vec<i16>),
}

impl Column {
    fn write(self, writer: &mut SerializedColumnWriter<'_>) -> anyhow::Result<()> {
        match self {
            Self::Text(values) => writer.typed::<ByteArrayType>().write_batch(&values, None, None)?,
            Self::Number(values) => writer.typed::<Int64Type>().write_batch(&values, None, None)?,
            Self::Sparse(values, there) => writer.typed::<ByteArrayType>().write_batch(&values, Some(&there), None)?,
        };
        Ok(())
    }
}

/// The columns in the order of the schema.
fn columns(rows: &[Row<'_>]) -> anyhow::Result<[Column; 15]> {
    let seen = |of: fn(&Seen) -> &str| sparse(rows.iter().map(|(_, change)| last_seen(&change.change).map(of)));
    let by = rows.iter().map(|(_, change)| match &change.change {
        Change::Acknowledged { by, .. } => Some(by.as_str()),
        _ => None,
    });
    Ok([
        text(rows, |one, _| &one.log),
        number(rows, |one| one.sequence)?,
        number(rows, |one| one.epoch)?,
        Column::Number(rows.iter().map(|(_, change)| change.at.as_microsecond()).collect()),
        text(rows, |_, change| &change.finding.policy),
        text(rows, |_, change| &change.finding.account),
        text(rows, |_, change| &change.finding.region),
        text(rows, |_, change| &change.finding.kind),
        text(rows, |_, change| &change.finding.id),
        text(rows, |_, change| word(&change.change)),
        seen(|seen| seen.severity.word()),
        seen(|seen| seen.verdict.word()),
        seen(|seen| &seen.reason),
        seen(|seen| &seen.evidence),
        sparse(by),
    ])
}

fn text<'a>(rows: &[Row<'a>], of: impl Fn(&'a Recorded, &'a FindingChange) -> &'a str) -> Column {
    Column::Text(rows.iter().map(|(one, change)| ByteArray::from(of(one, change))).collect())
}

fn number(rows: &[Row<'_>], of: impl Fn(&Recorded) -> u64) -> anyhow::Result<Column> {
    let numbers = rows.iter().map(|(one, _)| i64::try_from(of(one)));
    numbers.collect::<Result<_, _>>().map(Column::Number).context("a number is too large for a column")
}

fn sparse<'a>(values: impl Iterator<Item = Option<&'a str>>) -> Column {
    let (mut there, mut present) = (Vec::new(), Vec::new());
    for value in values {
        there.push(i16::from(value.is_some()));
        present.extend(value.map(ByteArray::from));
    }
    Column::Sparse(present, there)
}

fn last_seen(change: &Change) -> Option<&Seen> {
    match change {
        Change::Opened(seen) | Change::Changed(seen) => Some(seen),
        _ => None,
    }
}

/// The word that the record itself has.
fn word(change: &Change) -> &'static str {
    match change {
        Change::Doubted => "doubted",
        Change::Cleared => "cleared",
        Change::Opened(_) => "opened",
        Change::Changed(_) => "changed",
        Change::Missed => "missed",
        Change::Found => "found",
        Change::Closed(_) => "closed",
        Change::Acknowledged { .. } => "acknowledged",
    }
}
