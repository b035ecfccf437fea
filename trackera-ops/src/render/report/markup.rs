//! Elements and text, for HTML and XML alike. Whatever is text is escaped here, so that no writer of a page can forget.

use std::fmt::Write as _;

use crate::render::escape::harmless;

/// HTML writes these without an end.
const VOID: [&str; 1] = ["meta"];
/// These stand inside of a line of text; every other element begins a line of its own.
const INLINE: [&str; 8] = ["a", "bdi", "code", "dd", "span", "strong", "time", "title"];

/// An element with what is in it.
#[derive(Debug)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Element(Element),
    Text(String),
    /// Written as it is, and therefore a part of this program.
    Style(&'static str),
}

/// An element with nothing in it.
pub(super) fn element(name: &'static str) -> Element {
    Element { name, attributes: Vec::new(), children: Vec::new() }
}

impl Element {
    /// Sets an attribute.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// Adds text.
    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }

    /// Adds an element.
    pub(super) fn child(mut self, child: Element) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// Adds elements.
    pub(super) fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    /// Adds a style sheet.
    pub(super) fn style(mut self, style: &'static str) -> Self {
        self.children.push(Node::Style(style));
        self
    }

    /// Writes it.
    pub(super) fn write(&self, text: &mut String) {
        if !INLINE.contains(&self.name) && !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push('<');
        text.push_str(self.name);
        for (name, value) in &self.attributes {
            let _infallible = write!(text, " {name}=\"{}\"", escaped(value));
        }
        text.push('>');
        if VOID.contains(&self.name) {
            return;
        }
        for child in &self.children {
            match child {
                Node::Element(element) => element.write(text),
                Node::Text(words) => text.push_str(&escaped(words)),
                Node::Style(style) => text.push_str(style),
            }
        }
        let _infallible = write!(text, "</{}>", self.name);
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in harmless(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
