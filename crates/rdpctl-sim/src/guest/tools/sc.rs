//! `sc`: the service control manager from the command line. Exit codes are Win32 errors.

use super::Tool;
use crate::guest::registry::Value;
use crate::guest::services::{ControlError, Host, ServiceState};

/// Services that can be told to pause.
const PAUSABLE: [&str; 3] = ["LanmanWorkstation", "Netlogon", "swprv"];

/// Bad syntax.
const USAGE: i32 = 1639;

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let mut words = tool.words();
    if words.first().is_some_and(|word| word.starts_with(r"\\")) {
        words.remove(0);
    }
    let mut words = words.into_iter();
    let Some(verb) = words.next() else { return usage(tool) };
    let rest: Vec<String> = words.collect();
    match verb.to_ascii_lowercase().as_str() {
        "query" => query(tool, &rest, false),
        "queryex" => query(tool, &rest, true),
        "qc" => configuration(tool, &rest),
        "config" => configure(tool, &rest),
        "start" => start(tool, &rest),
        "stop" => stop(tool, &rest),
        "continue" => go_on(tool, &rest),
        _ => usage(tool),
    }
}

fn usage(tool: &Tool<'_>) -> i32 {
    tool.line("DESCRIPTION:");
    tool.line("        SC is a command line program used for communicating with the");
    tool.line("        Service Control Manager and services.");
    USAGE
}

/// `[SC] Call FAILED n:` and the message.
fn failed(tool: &Tool<'_>, call: &str, code: i32) -> i32 {
    let message = tool.texts().error(code);
    tool.line(&format!("[SC] {call} FAILED {code}:\r\n\r\n{message}\r\n"));
    code
}

fn query(tool: &mut Tool<'_>, rest: &[String], extended: bool) -> i32 {
    let named: Vec<&String> = rest.iter().filter(|word| !word.ends_with('=')).collect();
    let filters = rest.iter().any(|word| word.ends_with('='));
    if let (Some(name), false) = (named.first(), filters) {
        let Some(index) = tool.guest.service(name) else {
            let code = ControlError::NoSuchService.code();
            return failed(tool, "EnumQueryServicesStatus:OpenService", code);
        };
        block(tool, name, None, index, extended);
        return 0;
    }
    let all = rest.iter().any(|word| word.eq_ignore_ascii_case("all"));
    for index in 0..tool.guest.template.services.len() {
        let definition = tool.guest.definition(index).clone();
        let stopped = tool.guest.service_run(index).state == ServiceState::Stopped;
        if definition.is_driver() || (stopped && !all) {
            continue;
        }
        let display = tool.texts().service(&definition.name, &definition.display).to_owned();
        block(tool, &definition.name, Some(&display), index, extended);
    }
    0
}

fn kind(tool: &Tool<'_>, index: usize) -> (u32, &'static str) {
    let definition = tool.guest.definition(index);
    let own = tool.guest.service_value(&definition.name, "Type") == Some(0x10);
    match definition.host {
        Host::Driver => (1, "KERNEL_DRIVER"),
        Host::Own => (0x10, "WIN32_OWN_PROCESS"),
        _ if own => (0x10, "WIN32_OWN_PROCESS"),
        Host::Image(_) => (0x20, "WIN32_SHARE_PROCESS"),
        Host::Group(_) if definition.shares => (0x20, "WIN32_SHARE_PROCESS"),
        // A service of a group that has been given a process of its own.
        Host::Group(_) => (0x30, "WIN32"),
    }
}

/// A heading in its column.
fn heading(text: &str) -> String {
    format!("        {text:<19}")
}

fn block(tool: &Tool<'_>, name: &str, display: Option<&str>, index: usize, extended: bool) {
    let texts = tool.texts();
    let run = tool.guest.service_run(index);
    let definition = tool.guest.definition(index);
    let (number, word) = kind(tool, index);
    tool.line(&format!("\r\n{}: {name} ", tool.texts().sc_name));
    if let Some(display) = display {
        tool.line(&format!("DISPLAY_NAME: {display}"));
    }
    tool.line(&format!("{}: {number:x}  {word}  ", heading(texts.sc_type)));
    tool.line(&format!(
        "{}: {}  {} ",
        heading(texts.sc_state),
        run.state.number(),
        run.state.word()
    ));
    if run.state != ServiceState::Stopped {
        let up = matches!(run.state, ServiceState::Running | ServiceState::Paused);
        let pausable = up && PAUSABLE.iter().any(|name| definition.name.eq_ignore_ascii_case(name));
        tool.line(&format!(
            "                                ({}, {}, {})",
            if definition.stoppable && up { "STOPPABLE" } else { "NOT_STOPPABLE" },
            if pausable { "PAUSABLE" } else { "NOT_PAUSABLE" },
            match (up && !definition.is_driver(), &*definition.name) {
                (true, "gpsvc") => "ACCEPTS_PRESHUTDOWN",
                (true, _) if !pausable => "ACCEPTS_SHUTDOWN",
                (true | false, _) => "IGNORES_SHUTDOWN",
            }
        ));
    }
    let odd = definition.odd;
    let own = if run.state == ServiceState::Stopped { odd.service_exit } else { 0 };
    tool.line(&format!("{}: {}  (0x{:x})", heading(texts.sc_win32_exit), run.exit, run.exit));
    tool.line(&format!("{}: {own}  (0x{own:x})", heading(texts.sc_service_exit)));
    let pending = run.until != 0;
    let hint = if pending { odd.wait_hint.unwrap_or(2000) } else { 0 };
    let moved = if odd.moves { u32::try_from(tool.clock() / 500).unwrap_or(0) } else { 0 };
    let checkpoint = if pending { odd.checkpoint.wrapping_add(moved) } else { 0 };
    tool.line(&format!("{}: 0x{checkpoint:x}", heading(texts.sc_checkpoint)));
    tool.line(&format!("{}: 0x{hint:x}", heading(texts.sc_wait_hint)));
    if extended {
        tool.line(&format!("        PID                : {}", run.pid));
        tool.line("        FLAGS              : ");
    }
}

fn configuration(tool: &mut Tool<'_>, rest: &[String]) -> i32 {
    let Some(name) = rest.first() else { return usage(tool) };
    let Some(index) = tool.guest.service(name) else {
        return failed(tool, "OpenService", ControlError::NoSuchService.code());
    };
    let texts = tool.texts();
    let (number, word) = kind(tool, index);
    let key = crate::guest::machine::Guest::service_key(name);
    let registry = tool.guest.registry();
    let text =
        |value: &str| key.as_ref().and_then(|key| registry.text(key, value)).unwrap_or_default();
    let start = tool.guest.start_type(name).min(4);
    let start_word =
        usize::try_from(start).ok().and_then(|at| texts.sc_start_types.get(at)).unwrap_or(&"");
    tool.line(&format!("{}\r\n", texts.sc_qc_done));
    tool.line(&format!("{}: {name}", tool.texts().sc_name));
    tool.line(&format!("{}: {number:x}  {word} ", heading(texts.sc_type)));
    tool.line(&format!("{}: {start}   {start_word}", heading(texts.sc_start_type)));
    tool.line("        ERROR_CONTROL      : 1   NORMAL");
    tool.line(&format!(
        "        BINARY_PATH_NAME   : {}",
        text("ImagePath").replace("%SystemRoot%", r"C:\Windows")
    ));
    tool.line("        LOAD_ORDER_GROUP   : ");
    tool.line("        TAG                : 0");
    tool.line(&format!("        DISPLAY_NAME       : {}", text("DisplayName")));
    let needed = tool.guest.dependencies(name);
    tool.line(&format!(
        "        DEPENDENCIES       : {}",
        needed.first().map_or("", String::as_str)
    ));
    for more in needed.iter().skip(1) {
        tool.line(&format!("                           : {more}"));
    }
    tool.line(&format!("        SERVICE_START_NAME : {}", text("ObjectName")));
    0
}

fn configure(tool: &mut Tool<'_>, rest: &[String]) -> i32 {
    let [name, options @ ..] = rest else { return usage(tool) };
    if options.len() % 2 != 0 {
        return usage(tool);
    }
    let Some(index) = tool.guest.service(name) else {
        return failed(tool, "OpenService", ControlError::NoSuchService.code());
    };
    // The policy client's own configuration is closed to administrators.
    if tool.guest.definition(index).name == "gpsvc" && !tool.user.is_system() {
        return failed(tool, "OpenService", ControlError::AccessDenied.code());
    }
    let Some(key) = crate::guest::machine::Guest::service_key(name) else { return usage(tool) };
    let mut changes = Vec::new();
    for pair in options.chunks_exact(2) {
        let change = match pair[0].to_ascii_lowercase().as_str() {
            "start=" => match pair[1].to_ascii_lowercase().as_str() {
                "boot" => ("Start", Value::dword(0)),
                "system" => ("Start", Value::dword(1)),
                "auto" | "delayed-auto" => ("Start", Value::dword(2)),
                "demand" => ("Start", Value::dword(3)),
                "disabled" => ("Start", Value::dword(4)),
                _ => return usage(tool),
            },
            "type=" => match pair[1].to_ascii_lowercase().as_str() {
                "own" => ("Type", Value::dword(0x10)),
                "share" => ("Type", Value::dword(0x20)),
                _ => return usage(tool),
            },
            "obj=" => ("ObjectName", Value::text(&pair[1])),
            "displayname=" => ("DisplayName", Value::text(&pair[1])),
            "binpath=" => ("ImagePath", Value::expandable(&pair[1])),
            "depend=" => {
                ("DependOnService", Value::many(pair[1].split('/').filter(|n| !n.is_empty())))
            }
            "password=" | "error=" | "group=" | "tag=" => continue,
            _ => return usage(tool),
        };
        changes.push(change);
    }
    for (value, data) in changes {
        tool.guest.set_value(&key, value, data);
    }
    let message = tool.texts().sc_config_done;
    tool.line(message);
    0
}

fn start(tool: &mut Tool<'_>, rest: &[String]) -> i32 {
    let Some(name) = rest.first() else { return usage(tool) };
    // The policy client is started by Windows itself, not by administrators.
    if name.eq_ignore_ascii_case("gpsvc") && !tool.user.is_system() {
        return failed(tool, "StartService: OpenService", ControlError::AccessDenied.code());
    }
    let now = tool.clock();
    match tool.guest.start_service(name, now) {
        Ok(_) => {
            if let Some(index) = tool.guest.service(name) {
                block(tool, name, None, index, true);
            }
            0
        }
        Err(ControlError::NoSuchService) => {
            failed(tool, "StartService: OpenService", ControlError::NoSuchService.code())
        }
        Err(error) => failed(tool, "StartService", error.code()),
    }
}

fn go_on(tool: &mut Tool<'_>, rest: &[String]) -> i32 {
    let Some(name) = rest.first() else { return usage(tool) };
    let now = tool.clock();
    match tool.guest.continue_service(name, now) {
        Ok(index) => {
            block(tool, name, None, index, false);
            0
        }
        Err(ControlError::NoSuchService) => {
            failed(tool, "OpenService", ControlError::NoSuchService.code())
        }
        Err(error) => failed(tool, "ControlService", error.code()),
    }
}

fn stop(tool: &mut Tool<'_>, rest: &[String]) -> i32 {
    let Some(name) = rest.first() else { return usage(tool) };
    let now = tool.clock();
    match tool.guest.stop_service(name, now) {
        Ok(stopped) => {
            block(tool, name, None, stopped.index, false);
            0
        }
        Err(ControlError::NoSuchService) => {
            failed(tool, "OpenService", ControlError::NoSuchService.code())
        }
        Err(error) => failed(tool, "ControlService", error.code()),
    }
}
