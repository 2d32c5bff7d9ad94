//! `wevtutil qe`: queries of the event log, as XML.

mod xpath;

use std::fmt::Write as _;

use super::Tool;
use crate::guest::events::{CHANNELS, Event};
use crate::guest::moment::system_time;

const BAD_QUERY: i32 = 15001;
const NO_CHANNEL: i32 = 15007;

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let words = tool.words();
    let (Some(verb), Some(log)) = (words.first(), words.get(1)) else { return 87 };
    if verb.eq_ignore_ascii_case("cl") || verb.eq_ignore_ascii_case("clear-log") {
        tool.guest.state.events.clear();
        return 0;
    }
    if !verb.eq_ignore_ascii_case("qe") && !verb.eq_ignore_ascii_case("query-events") {
        return 87;
    }
    let option = |name: &str, long: &str| {
        words.iter().skip(2).find_map(|word| {
            let (key, value) = word.strip_prefix('/')?.split_once(':')?;
            (key.eq_ignore_ascii_case(name) || key.eq_ignore_ascii_case(long))
                .then(|| value.to_owned())
        })
    };
    tool.took += 60;
    let Some(channel) = CHANNELS.iter().find(|known| known.eq_ignore_ascii_case(log)) else {
        return failed(tool, tool.texts().wevt_no_channel, NO_CHANNEL);
    };
    let query = match option("q", "query").map(|text| xpath::parse(&text)) {
        None => xpath::Query::everything(),
        Some(Some(query)) => query,
        Some(None) => return failed(tool, tool.texts().wevt_bad_query, BAD_QUERY),
    };
    let now = tool.clock();
    let mut events: Vec<(u64, Event)> = tool
        .guest
        .events_of(channel)
        .into_iter()
        .filter(|(_, event)| query.admits(event, now))
        .collect();
    if option("rd", "reversedirection").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        events.reverse();
    }
    if let Some(count) = option("c", "count").and_then(|text| text.parse().ok()) {
        events.truncate(count);
    }
    let root = option("e", "element");
    let mut out = String::new();
    if let Some(root) = &root {
        let _ = write!(out, "<{root}>");
    }
    let computer = tool.guest.hostname();
    for (record, event) in &events {
        out.push_str(&xml(*record, event, computer));
        if root.is_none() {
            out.push_str("\r\n");
        }
    }
    if let Some(root) = &root {
        let _ = write!(out, "</{root}>\r\n");
    }
    tool.text(&out);
    0
}

fn failed(tool: &Tool<'_>, message: &str, code: i32) -> i32 {
    tool.error_line(&format!("{} {message}", tool.texts().wevt_failed));
    code
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&apos;")
}

fn xml(record: u64, event: &Event, computer: &str) -> String {
    let provider = event.provider;
    let guid = match provider.guid() {
        "" => String::new(),
        guid => format!(" Guid='{guid}'"),
    };
    // Providers of old count their ids in the lower half of a number.
    let qualifiers = match provider.qualifiers() {
        Some(number) => format!(" Qualifiers='{number}'"),
        None => String::new(),
    };
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{}'{guid}/><EventID{qualifiers}>{}</EventID><Version>0</Version><Level>{}</Level><Task>0</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='{}'/><EventRecordID>{record}</EventRecordID><Correlation/><Execution ProcessID='{}' ThreadID='{}'/><Channel>{}</Channel><Computer>{}</Computer><Security/></System>{}</Event>",
        provider.name(),
        event.id,
        event.level,
        system_time(event.time),
        600 + 4 * (record % 200),
        1000 + 4 * (record % 500),
        provider.channel(),
        escaped(computer),
        body(event),
    )
}

/// What an event says beyond itself, in the form of whoever wrote it.
fn body(event: &Event) -> String {
    let mut data = String::new();
    if event.provider.writes_user_data() {
        // Elements of its own instead of named data.
        for (at, (_, value)) in event.data.iter().enumerate() {
            let number = at + 1;
            let _ = write!(data, "<Param{number}>{}</Param{number}>", escaped(value));
        }
        return format!(
            "<UserData><EventXML xmlns:auto-ns2='http://schemas.microsoft.com/win/2004/08/events' xmlns='Event_NS'>{data}</EventXML></UserData>"
        );
    }
    for (name, value) in &event.data {
        // Providers of old have no names for the parts of what they say.
        let _ = match &**name {
            "" => write!(data, "<Data>{}</Data>", escaped(value)),
            name => write!(data, "<Data Name='{}'>{}</Data>", escaped(name), escaped(value)),
        };
    }
    format!("<EventData>{data}</EventData>")
}
