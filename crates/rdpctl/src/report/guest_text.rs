//! What a guest answered, a line for each fact.

use std::fmt::Write;

use rdpctl_model::guest::{GuestSurvey, KeyAnswer};

use crate::out::safe;

/// What a guest answered, a line for each fact.
pub(crate) fn text(guest: &GuestSurvey) -> String {
    let mut text = String::new();
    write(&mut text, guest);
    text
}

fn write(text: &mut String, guest: &GuestSurvey) {
    let _ = writeln!(text, "  via {}", guest.via.name());
    if let Ok(Some(nonce)) = &guest.boot_nonce {
        let _ = writeln!(text, "  boot nonce {}", safe(nonce));
    }
    for (name, state) in &guest.services {
        match state {
            Ok(state) => {
                let _ = writeln!(
                    text,
                    "  service    {:14} {:?}, pid {}",
                    safe(name),
                    state.run,
                    state.pid
                );
            }
            Err(gap) => {
                let _ = writeln!(text, "  service    {:14} {}", safe(name), safe(&gap.to_string()));
            }
        }
    }
    for (key, answer) in &guest.registry.keys {
        match answer {
            KeyAnswer::Present(values) => {
                for (name, data) in values {
                    let _ = writeln!(
                        text,
                        "  registry   {}\\{} = {}",
                        safe(key),
                        safe(name),
                        safe(&format!("{data:?}"))
                    );
                }
            }
            KeyAnswer::Value(name, data) => {
                let _ = writeln!(
                    text,
                    "  registry   {}\\{} = {}",
                    safe(key),
                    safe(name),
                    safe(&format!("{data:?}"))
                );
            }
            KeyAnswer::Absent => {}
            KeyAnswer::Gap(gap) => {
                let _ = writeln!(text, "  registry   {}: {}", safe(key), safe(&gap.to_string()));
            }
        }
    }
    if let Ok(events) = &guest.events {
        for event in events {
            let _ = writeln!(
                text,
                "  event      {} {} {}",
                safe(&event.time),
                safe(&event.provider),
                event.id
            );
        }
    }
}
