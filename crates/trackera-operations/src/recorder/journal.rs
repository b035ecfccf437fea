//! Runs in the journal of this machine, and copies of them in a store outside.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use trackera_journal::commit::Journal;
use trackera_journal::digest::Digest;
use trackera_journal::entry::Draft;
use trackera_journal::evidence::EvidenceError;

use super::copies::Copies;
use super::{Durability, Recorder, RecorderError};
use crate::id::RunId;
use crate::plan::Plan;
use crate::record::{Event, Record};

/// Where records go besides the journal of this machine.
#[derive(Debug)]
pub enum Outside {
    /// Nowhere: when this machine is lost, nobody can take its runs over. For a lab, and for runs that change nothing.
    Nowhere,
    /// Into a store.
    Store(Copies),
}

/// Runs in a journal.
#[derive(Debug)]
pub struct JournalRecorder {
    journal: Arc<Journal>,
    outside: Outside,
}

impl JournalRecorder {
    /// Runs in this journal, with copies outside.
    #[must_use]
    pub const fn new(journal: Arc<Journal>, outside: Outside) -> Self {
        Self { journal, outside }
    }

    async fn bring(&self, run: &RunId, copies: &Copies) -> Result<(), RecorderError> {
        let records = copies.records(run).await?;
        let known: Vec<Record> = self.read()?.into_iter().filter(|record| record.run == *run).collect();
        // Two who both went on tell different stories from one record on; neither may go on from both.
        let forked = known.iter().zip(&records).find(|(here, there)| here != there);
        if let Some((here, _)) = forked {
            return Err(RecorderError::Overtaken(run.clone(), here.index));
        }
        let new: Vec<Record> = records.into_iter().skip(known.len()).collect();
        if let Some(Event::Started(started)) = new.first().map(|record| &record.event) {
            let text = copies.plan(started.plan).await?;
            self.journal.reader().evidence().keep(text.as_bytes())?;
        }
        self.write(&new, 0)
    }

    fn write(&self, records: &[Record], epoch: u64) -> Result<(), RecorderError> {
        let draft = |record: &Record| {
            let body = RawValue::from_string(record.to_body()?)?;
            let draft = Draft::new(record.at, record.kind(), &body)?.in_epoch(epoch);
            Ok(draft.with_evidence(self.evidence(&record.event))?)
        };
        let drafts = records.iter().map(draft).collect::<Result<Vec<Draft>, RecorderError>>()?;
        if !drafts.is_empty() {
            self.journal.append(drafts)?;
        }
        Ok(())
    }

    /// What a record refers to: the plan, or what a person brought; that lies only on the machine that it was brought to.
    fn evidence(&self, event: &Event) -> Vec<Digest> {
        let brought = |output: &Json| output.get("evidence").and_then(Json::as_str)?.parse::<Digest>().ok();
        match event {
            Event::Started(started) => vec![started.plan],
            Event::Done { output, .. } => {
                let evidence = self.journal.reader().evidence();
                brought(output).filter(|digest| evidence.content(*digest).is_ok()).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn read(&self) -> Result<Vec<Record>, RecorderError> {
        let (mut records, mut wrong) = (Vec::new(), None);
        self.journal.reader().entries(|entry| {
            if !Record::KINDS.contains(&entry.kind) {
                return;
            }
            match Record::from_body(entry.body.get()) {
                Ok(record) => records.extend(record),
                Err(error) => drop(wrong.get_or_insert((entry.sequence, error))),
            }
        })?;
        wrong.map_or(Ok(records), |(sequence, error)| Err(RecorderError::Body(sequence, error)))
    }
}

#[async_trait]
impl Recorder for JournalRecorder {
    async fn keep(&self, plan: &Plan) -> Result<(), RecorderError> {
        self.journal.reader().evidence().keep(plan.text().as_bytes())?;
        if let Outside::Store(copies) = &self.outside { copies.keep(plan).await } else { Ok(()) }
    }

    async fn plan(&self, hash: Digest) -> Result<Plan, RecorderError> {
        let content = self.journal.reader().evidence().content(hash).map_err(|error| match error {
            EvidenceError::Missing(_) => RecorderError::NoPlan(hash),
            other => other.into(),
        })?;
        Ok(serde_json::from_slice(&content)?)
    }

    async fn append(&self, records: &[Record], durability: Durability, epoch: u64) -> Result<(), RecorderError> {
        self.write(records, epoch)?;
        let (Outside::Store(copies), Some(last)) = (&self.outside, records.last()) else { return Ok(()) };
        let sent = match copies.next(&last.run).await {
            Ok(next) if next < records.first().map_or(0, |first| first.index) => {
                // What an earlier failure left behind goes first, so that the copy has no holes.
                let all = self.read()?;
                let missing = all.iter().filter(|record| record.run == last.run && record.index >= next);
                copies.send(&missing.cloned().collect::<Vec<_>>()).await
            }
            Ok(_) => copies.send(records).await,
            Err(error) => Err(error),
        };
        match (sent, durability) {
            (Err(RecorderError::Outside(_) | RecorderError::Timeout), Durability::Here) => Ok(()),
            (sent, _) => sent,
        }
    }

    async fn catch_up(&self, run: &RunId) -> Result<(), RecorderError> {
        if let Outside::Store(copies) = &self.outside { self.bring(run, copies).await } else { Ok(()) }
    }

    async fn records(&self) -> Result<Vec<Record>, RecorderError> {
        self.read()
    }
}
