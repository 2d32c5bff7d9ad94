//! What `wevtutil /f:xml /e:E` prints: events without their translated messages.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event as Xml};
use rdpctl_model::guest::Event;

/// More than the queries ask for.
const EVENTS_LIMIT: usize = 64;
/// Pieces of data kept of one event, and characters kept of each.
const DATA_LIMIT: usize = 32;
const TEXT_LIMIT: usize = 2_048;
/// Events are five elements deep; nesting beyond this is no event.
const DEPTH_LIMIT: usize = 16;

/// An event with the number that its log gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The event.
    pub event: Event,
    /// Its record id, which only grows.
    pub record: u64,
}

/// The events of one query; none at all when the document is broken.
#[must_use]
pub fn events(text: &str) -> Option<Vec<Logged>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Vec::new());
    }
    let mut reader = Reader::from_str(text);
    let mut parser = Parser::default();
    loop {
        match reader.read_event().ok()? {
            Xml::Start(start) => parser.open(&start)?,
            Xml::Empty(start) => {
                parser.open(&start)?;
                parser.close()?;
            }
            Xml::End(_) => parser.close()?,
            Xml::Text(text) => parser.text(&text.xml10_content()),
            Xml::CData(text) => parser.text(&text.xml10_content()),
            Xml::GeneralRef(reference) => {
                if let Some(letter) = reference.resolve_char_ref().ok()? {
                    parser.text(letter.encode_utf8(&mut [0; 4]));
                } else {
                    parser.text(resolve_predefined_entity(&reference)?);
                }
            }
            Xml::Eof if parser.path.is_empty() => break,
            Xml::Eof => return None,
            Xml::Comment(_) | Xml::Decl(_) | Xml::PI(_) | Xml::DocType(_) => {}
        }
        if parser.done.len() >= EVENTS_LIMIT {
            break;
        }
    }
    Some(parser.done)
}

/// One open element.
struct Element {
    name: String,
    /// The `Name` attribute of a `Data` element.
    label: Option<String>,
    text: String,
    leaf: bool,
}

#[derive(Default)]
struct Parser {
    path: Vec<Element>,
    current: Option<Logged>,
    done: Vec<Logged>,
}

impl Parser {
    fn open(&mut self, start: &BytesStart<'_>) -> Option<()> {
        if self.path.len() >= DEPTH_LIMIT {
            return None;
        }
        if let Some(parent) = self.path.last_mut() {
            parent.leaf = false;
        }
        let name = String::from(start.local_name().as_ref());
        match name.as_str() {
            "Event" => {
                let event =
                    Event { provider: String::new(), id: 0, time: String::new(), data: Vec::new() };
                self.current = Some(Logged { event, record: 0 });
            }
            "Provider" => {
                if let Some(current) = &mut self.current {
                    current.event.provider = attribute(start, "Name")?;
                }
            }
            "TimeCreated" => {
                if let Some(current) = &mut self.current {
                    current.event.time = attribute(start, "SystemTime")?;
                }
            }
            _ => {}
        }
        self.path.push(Element {
            name,
            label: attribute(start, "Name"),
            text: String::new(),
            leaf: true,
        });
        Some(())
    }

    fn text(&mut self, text: &str) {
        if let Some(element) = self.path.last_mut() {
            let room = TEXT_LIMIT.saturating_sub(element.text.chars().count());
            element.text.extend(text.chars().take(room));
        }
    }

    fn close(&mut self) -> Option<()> {
        let element = self.path.pop()?;
        let in_data =
            self.path.iter().any(|outer| matches!(outer.name.as_str(), "EventData" | "UserData"));
        let Some(current) = &mut self.current else { return Some(()) };
        match element.name.as_str() {
            "EventID" if !in_data => current.event.id = element.text.trim().parse().ok()?,
            "EventRecordID" if !in_data => current.record = element.text.trim().parse().ok()?,
            "Event" => self.done.extend(self.current.take()),
            _ if in_data && element.leaf && current.event.data.len() < DATA_LIMIT => {
                let position = (current.event.data.len() + 1).to_string();
                let name = element.label.unwrap_or(if element.name == "Data" {
                    position
                } else {
                    element.name
                });
                current.event.data.push((name, element.text));
            }
            _ => {}
        }
        Some(())
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.try_get_attribute(name).ok()??;
    let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.chars().take(TEXT_LIMIT).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SCHANNEL: &str = "<E><Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider \
        Name='Schannel' Guid='{1f678132-5938-4686-9fdc-c8ff68f15c85}'/><EventID>36870</EventID><Version>0</Version>\
        <Level>2</Level><TimeCreated SystemTime='2026-05-02T03:11:22.1234567Z'/><EventRecordID>5120</EventRecordID>\
        <Channel>System</Channel><Computer>vm01</Computer></System><EventData><Data Name='Type'>server</Data>\
        <Data>0x8009030d</Data><Data Name='Path'>a &amp; b&#x21;</Data><Binary>0500</Binary></EventData></Event></E>\n";

    #[test]
    fn an_event_gives_its_facts_and_its_data_by_name_or_place() {
        let events = events(SCHANNEL).unwrap_or_default();
        let data =
            [("Type", "server"), ("2", "0x8009030d"), ("Path", "a & b!"), ("Binary", "0500")];
        assert_eq!(
            events,
            [Logged {
                event: Event {
                    provider: "Schannel".to_owned(),
                    id: 36_870,
                    time: "2026-05-02T03:11:22.1234567Z".to_owned(),
                    data: data.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec(),
                },
                record: 5_120,
            }]
        );
    }

    #[test]
    fn an_empty_answer_is_no_event_and_a_broken_one_is_unknown() {
        assert_eq!(events("\n"), Some(Vec::new()));
        assert_eq!(events("<E/>"), Some(Vec::new()));
        assert_eq!(events("<E></E>"), Some(Vec::new()));
        assert_eq!(events(&SCHANNEL.replace("</System>", "</Sys")), None);
        assert_eq!(events(SCHANNEL.trim_end().trim_end_matches("</E>")), None);
        assert_eq!(events("<E><Event>&bomb;</Event></E>"), None);
        assert_eq!(events(&"<a>".repeat(1_000)), None);
    }

    #[test]
    fn what_one_event_may_hold_is_bounded() {
        let many = format!(
            "<E><Event><EventData>{}</EventData></Event></E>",
            "<Data>x</Data>".repeat(1_000)
        );
        assert_eq!(events(&many).map(|events| events[0].event.data.len()), Some(32));
        let long = format!(
            "<E><Event><EventData><Data>{}</Data></EventData></Event></E>",
            "y".repeat(9_000)
        );
        assert_eq!(events(&long).map(|events| events[0].event.data[0].1.len()), Some(2_048));
        let flood = format!("<E>{}</E>", "<Event></Event>".repeat(1_000));
        assert_eq!(events(&flood).map(|events| events.len()), Some(64));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(?s)[<>/&;'\"=!?a-zE -]{0,200}") {
            let _ = events(&text);
        }
    }
}
