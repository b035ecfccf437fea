//! Which events a trail records, from the two ways in which that is said.
//!
//! A selector that was narrowed to some events never counts as one that records them all.

use std::collections::BTreeSet;

use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::types::{AdvancedEventSelector, AdvancedFieldSelector, EventSelector, ReadWriteType};

const CATEGORY: &str = "eventCategory";
const READ_ONLY: &str = "readOnly";
const RESOURCE_TYPE: &str = "resources.type";

/// How many of the events of one kind are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Share {
    #[default]
    Nothing,
    Some,
    All,
}

/// What all selectors of a trail record together.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    reads: Share,
    writes: Share,
    data: BTreeSet<String>,
}

impl Recorded {
    /// Reads the selectors; `None` when there are none at all, or one is not as it is documented.
    pub(super) fn of(answer: &GetEventSelectorsOutput) -> Option<Self> {
        let (basic, advanced) = (answer.event_selectors(), answer.advanced_event_selectors());
        if basic.is_empty() && advanced.is_empty() {
            return None;
        }
        let mut recorded = Self::default();
        basic.iter().try_for_each(|selector| recorded.add_basic(selector))?;
        advanced.iter().try_for_each(|selector| recorded.add_advanced(selector))?;
        Some(recorded)
    }

    /// The management events, in one word.
    pub(super) fn management_events(self) -> String {
        let word = match (self.reads, self.writes) {
            (Share::All, Share::All) => "All",
            (Share::All, Share::Nothing) => "ReadOnly",
            (Share::Nothing, Share::All) => "WriteOnly",
            (Share::Nothing, Share::Nothing) => "None",
            _ => "Some",
        };
        word.to_owned()
    }

    /// The kinds of data event, sorted.
    pub(super) fn data_event_types(self) -> Vec<String> {
        self.data.into_iter().collect()
    }

    /// What a basic selector does not say has a documented value: all management events, those that read and write.
    fn add_basic(&mut self, selector: &EventSelector) -> Option<()> {
        let share = if selector.exclude_management_event_sources().is_empty() { Share::All } else { Share::Some };
        if selector.include_management_events.unwrap_or(true) {
            match selector.read_write_type().unwrap_or(&ReadWriteType::All) {
                ReadWriteType::All => self.add_management(share, share),
                ReadWriteType::ReadOnly => self.add_management(share, Share::Nothing),
                ReadWriteType::WriteOnly => self.add_management(Share::Nothing, share),
                _ => return None,
            }
        }
        for resource in selector.data_resources() {
            let kind = resource.r#type()?;
            if !resource.values().is_empty() {
                self.data.insert(kind.to_owned());
            }
        }
        Some(())
    }

    fn add_advanced(&mut self, selector: &AdvancedEventSelector) -> Option<()> {
        let fields = selector.field_selectors();
        match equals(fields, CATEGORY)? {
            [category] if category == "Management" => {
                let narrowed = fields.iter().any(|one| one.field != CATEGORY && one.field != READ_ONLY);
                let share = if narrowed { Share::Some } else { Share::All };
                match fields.iter().any(|one| one.field == READ_ONLY).then(|| equals(fields, READ_ONLY)) {
                    None => self.add_management(share, share),
                    Some(values) => match values? {
                        [value] if value == "true" => self.add_management(share, Share::Nothing),
                        [value] if value == "false" => self.add_management(Share::Nothing, share),
                        _ => return None,
                    },
                }
            }
            [category] if category == "Data" => self.data.extend(equals(fields, RESOURCE_TYPE)?.iter().cloned()),
            [_other] => {}
            _ => return None,
        }
        Some(())
    }

    fn add_management(&mut self, reads: Share, writes: Share) {
        self.reads = self.reads.max(reads);
        self.writes = self.writes.max(writes);
    }
}

/// The values of a field that must be there, and for which AWS knows no other way to compare.
fn equals<'a>(fields: &'a [AdvancedFieldSelector], name: &str) -> Option<&'a [String]> {
    fields.iter().find(|one| one.field == name)?.equals.as_deref()
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudtrail::types::DataResource;

    use super::*;

    fn basic(selectors: Vec<EventSelector>) -> Option<String> {
        let answer = GetEventSelectorsOutput::builder().set_event_selectors(Some(selectors)).build();
        Recorded::of(&answer).map(Recorded::management_events)
    }

    fn advanced(selectors: &[&[(&str, &str)]]) -> Option<Recorded> {
        let selectors = selectors.iter().map(|fields| {
            let field = |&(name, value): &(&str, &str)| match name.strip_prefix('!') {
                Some(name) => AdvancedFieldSelector::builder().field(name).not_equals(value).build().unwrap(),
                None => AdvancedFieldSelector::builder().field(name).equals(value).build().unwrap(),
            };
            let fields = fields.iter().map(field).collect();
            AdvancedEventSelector::builder().set_field_selectors(Some(fields)).build().unwrap()
        });
        let selectors = Some(selectors.collect());
        Recorded::of(&GetEventSelectorsOutput::builder().set_advanced_event_selectors(selectors).build())
    }

    fn management(selectors: &[&[(&str, &str)]]) -> Option<String> {
        advanced(selectors).map(Recorded::management_events)
    }

    #[test]
    fn a_basic_selector_records_all_management_events_unless_it_says_otherwise() {
        let selector = EventSelector::builder;
        let only = |kind| basic(vec![selector().read_write_type(kind).build()]);
        assert_eq!(basic(vec![selector().build()]).as_deref(), Some("All"));
        assert_eq!(only(ReadWriteType::ReadOnly).as_deref(), Some("ReadOnly"));
        assert_eq!(only(ReadWriteType::WriteOnly).as_deref(), Some("WriteOnly"));
        assert_eq!(basic(vec![selector().include_management_events(false).build()]).as_deref(), Some("None"));
        let excluding = selector().exclude_management_event_sources("kms.amazonaws.com").build();
        assert_eq!(basic(vec![excluding]).as_deref(), Some("Some"));
    }

    #[test]
    fn selectors_add_up() {
        let selector = |kind| EventSelector::builder().read_write_type(kind).build();
        let both = vec![selector(ReadWriteType::ReadOnly), selector(ReadWriteType::WriteOnly)];
        assert_eq!(basic(both).as_deref(), Some("All"));
        let reads: &[_] = &[("eventCategory", "Management"), ("readOnly", "true")];
        let writes: &[_] = &[("eventCategory", "Management"), ("readOnly", "false")];
        assert_eq!(management(&[reads, writes]).as_deref(), Some("All"));
        assert_eq!(management(&[writes]).as_deref(), Some("WriteOnly"));
    }

    #[test]
    fn an_advanced_selector_that_is_narrowed_does_not_record_all() {
        let narrowed: &[_] = &[("eventCategory", "Management"), ("!eventSource", "kms.amazonaws.com")];
        assert_eq!(management(&[narrowed]).as_deref(), Some("Some"));
        assert_eq!(management(&[narrowed, &[("eventCategory", "Management")]]).as_deref(), Some("All"));
    }

    #[test]
    fn kinds_of_data_event_are_told_apart_from_management_events() {
        let objects: &[_] = &[("eventCategory", "Data"), ("resources.type", "AWS::S3::Object")];
        let calls: &[_] = &[("eventCategory", "NetworkActivity"), ("eventSource", "kms.amazonaws.com")];
        assert_eq!(management(&[objects, calls]).as_deref(), Some("None"));
        assert_eq!(advanced(&[objects, calls]).unwrap().data_event_types(), ["AWS::S3::Object"]);
        let resource =
            |values: Vec<String>| DataResource::builder().r#type("AWS::S3::Object").set_values(Some(values)).build();
        let data = |values| {
            let selector = EventSelector::builder().data_resources(resource(values)).build();
            Recorded::of(&GetEventSelectorsOutput::builder().event_selectors(selector).build())
        };
        assert_eq!(data(vec!["arn:aws:s3".to_owned()]).unwrap().data_event_types(), ["AWS::S3::Object"]);
        assert_eq!(data(Vec::new()).unwrap().data_event_types(), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_as_documented_is_not_guessed() {
        assert_eq!(basic(Vec::new()), None);
        assert_eq!(basic(vec![EventSelector::builder().read_write_type("Never".into()).build()]), None);
        assert_eq!(management(&[&[("readOnly", "true")]]), None);
        assert_eq!(management(&[&[("eventCategory", "Management"), ("!readOnly", "true")]]), None);
        assert_eq!(management(&[&[("eventCategory", "Data")]]), None);
    }
}
