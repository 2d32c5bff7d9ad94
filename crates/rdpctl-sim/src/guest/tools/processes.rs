//! `tasklist` and `taskkill`.

use std::fmt::Write as _;

use super::Tool;
use crate::guest::machine::Guest;
use crate::guest::services::ServiceState;
use crate::guest::text::fill;

/// Processes that are no services, with their ids.
const SYSTEM: [(&str, u32); 9] = [
    ("System Idle Process", 0),
    ("System", 4),
    ("Registry", 100),
    ("smss.exe", 340),
    ("csrss.exe", 448),
    ("wininit.exe", 524),
    ("winlogon.exe", 592),
    ("services.exe", 668),
    ("dwm.exe", 700),
];

/// One process.
struct Process {
    image: String,
    pid: u32,
    services: Vec<String>,
}

impl Guest {
    /// The image of a process.
    pub(in crate::guest) fn process_image(&self, pid: u32) -> String {
        if let Some((image, _)) = SYSTEM.iter().find(|(_, known)| *known == pid) {
            return (*image).to_owned();
        }
        if let Some(program) = self.template.programs.iter().find(|program| program.pid == pid) {
            return program.image.clone();
        }
        let runtime = self.runtime();
        self.template
            .services
            .iter()
            .zip(&runtime.services)
            .find(|(_, run)| run.pid == pid)
            .map(|(definition, _)| definition.image.to_string())
            .unwrap_or_default()
    }

    /// The services in a process, by name.
    pub(in crate::guest) fn services_of(&self, pid: u32) -> Vec<String> {
        let runtime = self.runtime();
        self.template
            .services
            .iter()
            .zip(&runtime.services)
            .filter(|(_, run)| run.pid == pid && run.pid != 0 && run.state != ServiceState::Stopped)
            .map(|(definition, _)| definition.name.to_string())
            .collect()
    }

    fn processes(&self) -> Vec<Process> {
        let mut processes: Vec<Process> = SYSTEM
            .iter()
            .map(|(image, pid)| Process {
                image: (*image).to_owned(),
                pid: *pid,
                services: Vec::new(),
            })
            .collect();
        let runtime = self.runtime();
        for (definition, run) in self.template.services.iter().zip(&runtime.services) {
            if run.pid == 0 {
                continue;
            }
            match processes.iter_mut().find(|process| process.pid == run.pid) {
                Some(process) => process.services.push(definition.name.to_string()),
                None => processes.push(Process {
                    image: definition.image.to_string(),
                    pid: run.pid,
                    services: vec![definition.name.to_string()],
                }),
            }
        }
        for program in &self.template.programs {
            if !runtime.killed.contains(&program.pid) {
                processes.push(Process {
                    image: program.image.clone(),
                    pid: program.pid,
                    services: Vec::new(),
                });
            }
        }
        processes
    }
}

pub(super) fn tasklist(tool: &mut Tool<'_>) -> i32 {
    tool.took += 120;
    let words: Vec<String> = tool.words().iter().map(|word| word.to_ascii_lowercase()).collect();
    let has = |switch: &str| words.iter().any(|word| word == switch);
    let csv = words.windows(2).any(|pair| pair[0] == "/fo" && pair[1] == "csv");
    let texts = tool.texts();
    let mut out = String::with_capacity(4096);
    if csv && !has("/nh") {
        out.push_str(if has("/svc") {
            "\"Image Name\",\"PID\",\"Services\"\r\n"
        } else {
            "\"Image Name\",\"PID\",\"Session Name\",\"Session#\",\"Mem Usage\"\r\n"
        });
    } else if !csv {
        out.push_str("\r\nImage Name                     PID Services\r\n");
        out.push_str(
            "========================= ======== ============================================\r\n",
        );
    }
    for process in tool.guest.processes() {
        let services = if process.services.is_empty() {
            texts.not_applicable.to_owned()
        } else {
            process.services.join(",")
        };
        let (image, pid) = (&process.image, process.pid);
        let _ = match (csv, has("/svc")) {
            (true, true) => write!(out, "\"{image}\",\"{pid}\",\"{services}\"\r\n"),
            (true, false) => {
                write!(out, "\"{image}\",\"{pid}\",\"Services\",\"0\",\"8,192 K\"\r\n")
            }
            (false, _) => write!(out, "{image:<25} {pid:>8} {services}\r\n"),
        };
    }
    tool.text(&out);
    0
}

pub(super) fn taskkill(tool: &mut Tool<'_>) -> i32 {
    let words = tool.words();
    let texts = tool.texts();
    let after = |switch: &str| {
        words
            .iter()
            .position(|word| word.eq_ignore_ascii_case(switch))
            .and_then(|at| words.get(at + 1).cloned())
    };
    let pids: Vec<u32> = match (after("/pid"), after("/im")) {
        (Some(pid), _) => pid.parse().into_iter().collect(),
        (None, Some(image)) => tool
            .guest
            .processes()
            .iter()
            .filter(|process| process.image.eq_ignore_ascii_case(&image))
            .map(|process| process.pid)
            .collect(),
        (None, None) => {
            let message = texts.syntax_incorrect;
            return tool.refuse(message);
        }
    };
    let wanted = after("/pid").or_else(|| after("/im")).unwrap_or_default();
    let mut code = 128;
    for pid in pids {
        if SYSTEM.iter().any(|(_, known)| *known == pid) {
            let message = texts.access_denied;
            return tool.refuse(message);
        }
        if tool.guest.kill_process(pid) {
            let text = fill(texts.taskkill_done, &[&pid.to_string()]);
            tool.line(&format!("{}{text}", texts.success_prefix));
            code = 0;
        }
    }
    if code != 0 {
        let text = fill(texts.taskkill_missing, &[&wanted]);
        tool.refuse(&text);
    }
    code
}
