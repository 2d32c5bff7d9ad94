//! What the readers understand of outputs that real tools wrote: one line a capture, `id<TAB>understood`.
//!
//! A capture is a file with lines `#@ key: value`, the line `#@ ----`, and the output as it was. Whoever holds some may
//! give their folder; `.ci/witness/captures` compares what is printed with what a person reads in them.

use std::path::Path;
use std::process::ExitCode;

use rdpctl_guest::read::{acl, events, registry, service, sockets};
use rdpctl_model::guest::RegData;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the tool's one way to answer")]
fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: captures FOLDER");
        return ExitCode::FAILURE;
    };
    match understood(Path::new(&folder)) {
        Ok(lines) => {
            for line in lines {
                println!("{line}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{folder}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn understood(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let mut lines = Vec::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|it| it == "txt")) {
        let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
        let Some((head, body)) = text.split_once("#@ ----\n") else { continue };
        let of = |key: &str| {
            let prefix = format!("#@ {key}: ");
            head.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or("").to_owned()
        };
        let exit = of("exit").parse().unwrap_or(0);
        if let Some(said) = read(&of("parser"), exit, body) {
            lines.push(format!("{}\t{said}", of("id")));
        }
    }
    Ok(lines)
}

/// What the reader of that name makes of an output; `None` where there is no such reader here.
fn read(parser: &str, exit: i32, body: &str) -> Option<String> {
    let (kind, argument) = parser.split_once(':').unwrap_or((parser, ""));
    Some(match kind {
        "service" => match service::state(argument, exit, body) {
            Ok(state) => {
                let (run, pid, exit) = (state.run, state.pid, state.win32_exit);
                let hint = state.pending.map_or_else(String::new, |pending| {
                    format!(" checkpoint {} hint {}", pending.checkpoint, pending.hint)
                });
                format!("{run:?} pid {pid} exit {exit}{hint}")
            }
            Err(_) => "unknown".to_owned(),
        },
        "listeners" => {
            let mut ports: Vec<(u16, u32)> =
                sockets::listeners(body).iter().map(|one| (one.port, one.pid)).collect();
            ports.sort_unstable();
            ports.dedup();
            let shown: Vec<String> =
                ports.iter().map(|(port, pid)| format!("{port}={pid}")).collect();
            match ports.len() {
                0 => "unknown".to_owned(),
                count => format!("{count}: {}", shown.join(" ")),
            }
        }
        "processes" => match sockets::processes(body).len() {
            0 => "unknown".to_owned(),
            count => count.to_string(),
        },
        "acl" => {
            let saved = acl::saved(body);
            saved.iter().map(|(name, list)| format!("{name} {list}")).collect::<Vec<_>>().join("; ")
        }
        "events" => match events::events(body) {
            None => "unknown".to_owned(),
            Some(events) => {
                let each = events.iter().map(|logged| {
                    let event = &logged.event;
                    let data: Vec<String> =
                        event.data.iter().map(|(name, value)| format!("{name}={value}")).collect();
                    let (provider, id, time) = (&event.provider, event.id, &event.time);
                    format!("{provider} {id} at {time} [{}]", data.join("; "))
                });
                each.collect::<Vec<_>>().join("; ")
            }
        },
        "dump" => {
            let asked = argument.to_ascii_lowercase();
            let sections = registry::dump(body, &asked).sections;
            let values = sections.values().flatten();
            let each: Vec<String> =
                values.map(|(name, data)| format!("{name}={}", value(data))).collect();
            format!("{} keys: {}", sections.len(), each.join("; "))
        }
        _ => return None,
    })
}

/// A registry value as a person would write it down.
fn value(data: &RegData) -> String {
    match data {
        RegData::Dword(number) => number.to_string(),
        RegData::Qword(number) => number.to_string(),
        RegData::Sz(text) | RegData::ExpandSz(text) => format!("'{text}'"),
        RegData::MultiSz(texts) => format!("'{}'", texts.join("' and '")),
        RegData::Binary(bytes) => format!("{} bytes", bytes.len()),
        RegData::Other(kind, _) => format!("of type {kind}"),
    }
}
