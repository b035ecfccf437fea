//! JSON in the one form that is hashed: keys in their order, no blanks.

use serde_json::Value as Json;

/// The text of a value that is the same for equal values.
pub(super) fn text(value: &Json) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Json, text: &mut String) {
    match value {
        Json::Object(object) => {
            let mut pairs: Vec<_> = object.iter().collect();
            pairs.sort_unstable_by_key(|(key, _)| *key);
            let write = |(key, value): &(&String, &Json), text: &mut String| {
                text.push_str(&Json::String((*key).clone()).to_string());
                text.push(':');
                write(value, text);
            };
            list(('{', '}'), &pairs, (text, write));
        }
        Json::Array(items) => list(('[', ']'), items, (text, write)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => text.push_str(&value.to_string()),
    }
}

fn list<T>((open, close): (char, char), items: &[T], (text, write): (&mut String, impl Fn(&T, &mut String))) {
    text.push(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write(item, text);
    }
    text.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_in_which_keys_were_written_does_not_matter() {
        let one: Json = serde_json::from_str(r#"{"b": [1, {"d": null, "c": "ü\n"}], "a": 1.50}"#).unwrap();
        let other: Json = serde_json::from_str(r#"{"a": 1.5, "b": [1, {"c": "ü\n", "d": null}]}"#).unwrap();
        assert_eq!(text(&one), text(&other));
        assert_eq!(text(&one), r#"{"a":1.5,"b":[1,{"c":"ü\n","d":null}]}"#);
    }
}
