//! What a guest answered, a line for each fact.

use rdpctl_model::guest::{GuestSurvey, KeyAnswer, RegData, RunState};
use rdpctl_term::{Page, Words, grid};
use rdpctl_words::english;

/// Bytes of a value that are shown, and how many in a line.
const BYTES: usize = 256;
const IN_LINE: usize = 16;

/// The longest of the kinds of facts.
const LONGEST: usize = "registry".len();

/// What a guest answered, a line for each fact.
pub(crate) fn page(guest: &GuestSurvey) -> Page {
    let mut page = Page::new();
    fact(&mut page, "via", Words::new().own(guest.via.name()));
    if let Ok(Some(nonce)) = &guest.boot_nonce {
        fact(&mut page, "boot", Words::new().own("nonce ").said(nonce));
    }
    for (name, state) in &guest.services {
        let name = Words::new().said(name).own("  ");
        fact(
            &mut page,
            "service",
            match state {
                Ok(state) if state.pid == 0 => name.own(run(state.run)),
                Ok(state) => name.own(format!("{}, pid {}", run(state.run), state.pid)),
                Err(gap) => name.said(&english(&gap.said())),
            },
        );
    }
    for (key, answer) in &guest.registry.keys {
        match answer {
            KeyAnswer::Present(values) => {
                for (name, data) in values {
                    value(&mut page, key, name, data);
                }
            }
            KeyAnswer::Value(name, Some(data)) => value(&mut page, key, name, data),
            KeyAnswer::Value(_, None) | KeyAnswer::Absent => {}
            KeyAnswer::Gap(gap) => {
                fact(
                    &mut page,
                    "registry",
                    Words::new().said(key).own(": ").said(&english(&gap.said())),
                );
            }
        }
    }
    for event in guest.events.iter().flatten() {
        let words = Words::new().said(&event.time).own(" ").said(&event.provider);
        fact(&mut page, "event", words.own(format!(" {}", event.id)));
    }
    page
}

fn fact(page: &mut Page, kind: &'static str, words: Words) {
    page.push(grid::field(2, kind, LONGEST, words));
}

fn value(page: &mut Page, key: &str, name: &str, data: &RegData) {
    let name = if name.is_empty() { "(default)" } else { name };
    let words = Words::new().said(key).own("\\").said(name).own(" = ");
    let said = match data {
        RegData::Dword(number) => words.own(format!("{number} ({number:#x})")),
        RegData::Qword(number) => words.own(format!("{number} ({number:#x})")),
        RegData::Sz(text) | RegData::ExpandSz(text) => words.own("\"").said(text).own("\""),
        RegData::MultiSz(texts) => words.said(&texts.join(", ")),
        RegData::Binary(bytes) => words.own(format!("{} bytes", bytes.len())),
        RegData::Other(kind, text) => words.said(kind).own(" ").said(text),
    };
    fact(page, "registry", said);
    if let RegData::Binary(bytes) = data {
        for line in bytes[..bytes.len().min(BYTES)].chunks(IN_LINE) {
            let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
            page.push(grid::indented(2 + LONGEST + 4, Words::new().own(hex.join(" "))));
        }
        if bytes.len() > BYTES {
            let more = format!("and {} bytes more", bytes.len() - BYTES);
            page.push(grid::indented(2 + LONGEST + 4, Words::new().own(more)));
        }
    }
}

const fn run(state: RunState) -> &'static str {
    match state {
        RunState::Stopped => "stopped",
        RunState::StartPending => "starting",
        RunState::StopPending => "stopping",
        RunState::Running => "running",
        RunState::ContinuePending => "continuing",
        RunState::PausePending => "pausing",
        RunState::Paused => "paused",
        RunState::NotInstalled => "not installed",
    }
}
