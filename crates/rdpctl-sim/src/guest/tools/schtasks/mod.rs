//! `schtasks`: tasks by schedule, created, run, listed, deleted.

mod create;

use super::Tool;
use crate::guest::moment::system_time;
use crate::guest::task::{Task, Trigger};
use crate::guest::text::fill;

/// Switches with a value, and switches without.
struct Options {
    pairs: Vec<(String, String)>,
    flags: Vec<String>,
}

impl Options {
    fn parse(words: &[String]) -> Option<Self> {
        const FLAGS: [&str; 5] = ["/f", "/z", "/i", "/v", "/nh"];
        let mut options = Self { pairs: Vec::new(), flags: Vec::new() };
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            let key = word.to_ascii_lowercase();
            if !key.starts_with('/') {
                return None;
            }
            let takes = !FLAGS.contains(&key.as_str());
            match words.next_if(|next| takes && !next.starts_with('/')) {
                Some(value) => options.pairs.push((key, value.clone())),
                None => options.flags.push(key),
            }
        }
        Some(options)
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|known| known == flag)
    }
}

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let words = tool.words();
    let texts = tool.texts();
    tool.took += 50;
    if !tool.guest.runs("Schedule") {
        return tool.refuse("The service is not available.");
    }
    let (verb, rest) = match words.split_first() {
        Some((verb, rest)) => (verb.to_ascii_lowercase(), rest),
        None => ("/query".to_owned(), &[][..]),
    };
    let Some(options) = Options::parse(rest) else { return tool.refuse(texts.schtasks_bad) };
    let name = options.get("/tn").map(str::to_owned);
    match (verb.as_str(), name) {
        ("/create", Some(name)) => create::run(tool, &name, &options),
        ("/query", name) => query(tool, name.as_deref(), &options),
        ("/delete", Some(name)) => delete(tool, &name, &options),
        (verb @ ("/run" | "/end" | "/change"), Some(name)) => {
            let Some(at) = tool.guest.task(&name) else {
                return tool.refuse(texts.schtasks_missing);
            };
            let text = match verb {
                "/run" => {
                    let now = tool.clock();
                    tool.guest.run_task(&name, now);
                    texts.schtasks_running
                }
                "/end" => texts.schtasks_ended,
                _ => {
                    let task = &mut tool.guest.state.tasks[at];
                    task.enabled =
                        options.has("/enable") || (task.enabled && !options.has("/disable"));
                    texts.schtasks_changed
                }
            };
            tool.line(&format!("{}{}", texts.success_prefix, fill(text, &[&name])));
            0
        }
        _ => tool.refuse(texts.schtasks_bad),
    }
}

fn delete(tool: &mut Tool<'_>, name: &str, options: &Options) -> i32 {
    let texts = tool.texts();
    if name == "*" {
        tool.guest.state.tasks.clear();
        return 0;
    }
    let Some(at) = tool.guest.task(name) else { return tool.refuse(texts.schtasks_missing) };
    if !options.has("/f") && !matches!(tool.input.first(), Some(b'y' | b'Y')) {
        return 1;
    }
    tool.guest.state.tasks.remove(at);
    tool.line(&format!("{}{}", texts.success_prefix, fill(texts.schtasks_deleted, &[name])));
    0
}

/// When a task runs next, in Unix milliseconds.
fn next_run(task: &Task) -> Option<u64> {
    match task.trigger {
        Trigger::Once(at) => Some(at),
        Trigger::Every { next, .. } => Some(next),
        Trigger::Never | Trigger::AtStart(_) => None,
    }
}

fn query(tool: &mut Tool<'_>, name: Option<&str>, options: &Options) -> i32 {
    let texts = tool.texts();
    let chosen: Vec<Task> = match name {
        Some(name) => match tool.guest.task(name) {
            Some(at) => vec![tool.guest.state.tasks[at].clone()],
            None => return tool.refuse(texts.schtasks_missing),
        },
        None => tool.guest.state.tasks.clone(),
    };
    let format = options.get("/fo").unwrap_or("table").to_ascii_lowercase();
    if format == "table" {
        tool.line("\r\nFolder: \\");
        tool.line(
            "TaskName                                 Next Run Time          Status         ",
        );
        tool.line(
            "======================================== ====================== ===============",
        );
    } else if format == "csv" && !options.has("/nh") {
        tool.line("\"TaskName\",\"Next Run Time\",\"Status\"");
    }
    for task in chosen {
        let next = next_run(&task).map_or_else(
            || texts.not_applicable.to_owned(),
            |at| system_time(at)[..19].replace('T', " "),
        );
        let status = if task.enabled { texts.ready } else { texts.disabled };
        let name = &task.name;
        match format.as_str() {
            "csv" => tool.line(&format!("\"{name}\",\"{next}\",\"{status}\"")),
            "list" => {
                tool.line(&format!("\r\nTaskName:      {name}"));
                tool.line(&format!("Next Run Time: {next}"));
                tool.line(&format!("Status:        {status}"));
                tool.line(&format!("Task To Run:   {}", task.action));
                tool.line(&format!("Last Result:   {}", task.last_result));
            }
            _ => {
                tool.line(&format!(
                    "{:<40} {next:<22} {status:<15}",
                    name.trim_start_matches('\\')
                ));
            }
        }
    }
    0
}
