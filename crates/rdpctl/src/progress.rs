//! Progress on standard error: a live list of what runs on a terminal, one line per event when piped, JSON when asked.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::time::Instant;

use rdpctl_contract::{CloudError, told};
use rdpctl_engine::Event;
use rdpctl_model::StepNumber;
use rdpctl_model::plan::{Plan, StepId};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::error::CliError;
use crate::out::{err, safe};
use crate::report::words;

/// How progress is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// For people, on standard error.
    Words,
    /// One JSON object a line, on standard output.
    Json,
}

/// A task that tells what it is sent.
pub(crate) struct Teller {
    /// Where events go.
    pub(crate) events: mpsc::Sender<Event>,
    flushes: mpsc::Sender<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Teller {
    /// Starts telling. A run brings the plan that names its steps; an observation brings its own.
    pub(crate) fn start(manner: Manner) -> Self {
        let (events, mut inbox) = mpsc::channel(1024);
        let (flushes, mut flushing) = mpsc::channel::<oneshot::Sender<()>>(1);
        let task = tokio::spawn(async move {
            let mut screen = Screen::new(manner);
            let mut tick = tokio::time::interval(std::time::Duration::from_millis(250));
            loop {
                tokio::select! {
                    event = inbox.recv() => match event {
                        Some(event) => screen.tell(event),
                        None => break,
                    },
                    Some(told) = flushing.recv() => {
                        while let Ok(event) = inbox.try_recv() {
                            screen.tell(event);
                        }
                        screen.clear();
                        // Whoever waited for it may have gone.
                        let _ = told.send(());
                    }
                    _ = tick.tick() => screen.redraw(),
                }
            }
            screen.clear();
        });
        Self { events, flushes, task }
    }

    /// Returns once all is told that was sent before.
    pub(crate) async fn flush(&self) {
        let (told, waits) = oneshot::channel();
        // A teller that panicked has nothing left to tell.
        let _ = self.flushes.send(told).await;
        let _ = waits.await;
    }

    /// Tells what is left and stops.
    pub(crate) async fn finish(self) {
        drop(self.events);
        // A teller that panicked has nothing left to tell.
        let _ = self.task.await;
    }
}

struct Screen {
    manner: Manner,
    plan: Option<Plan>,
    live: bool,
    drawn: usize,
    began: Instant,
    running: BTreeMap<StepId, (usize, usize, Instant)>,
    surveyed: usize,
    told: usize,
}

impl Screen {
    fn new(manner: Manner) -> Self {
        Self {
            manner,
            plan: None,
            live: manner == Manner::Words && std::io::stderr().is_terminal(),
            drawn: 0,
            began: Instant::now(),
            running: BTreeMap::new(),
            surveyed: 0,
            told: 0,
        }
    }

    fn tell(&mut self, event: Event) {
        if let Event::Began { plan, .. } = &event {
            self.plan = Some(Plan::clone(plan));
            self.began = Instant::now();
        }
        // What an observation adds is named, by itself and by what comes after.
        if let (Event::Observed { steps, groups, .. }, Some(plan)) = (&event, &mut self.plan) {
            plan.steps.extend_from_slice(steps);
            plan.groups.extend_from_slice(groups);
        }
        match self.manner {
            Manner::Json => {
                // Whoever closed the stream does not want to hear more.
                let _ = crate::out::out(&format!("{}\n", self.json(&event)));
            }
            Manner::Words => {
                if let Some(line) = self.words(&event) {
                    self.clear();
                    err(&line);
                }
            }
        }
        self.note(event);
    }

    /// Keeps what later lines need.
    fn note(&mut self, event: Event) {
        match event {
            Event::Started { step, subjects } => {
                let entry = self.running.entry(step).or_insert((0, 0, Instant::now()));
                entry.1 += subjects.len();
            }
            Event::Done { step, .. } | Event::Skipped { step, .. } => self.end(step),
            Event::Failed { step, also, .. } => {
                for step in also.into_iter().chain([step]) {
                    self.end(step);
                }
            }
            Event::Surveyed { instances } => self.surveyed = instances,
            Event::Surveying { .. }
            | Event::PassedOver { .. }
            | Event::Silent { .. }
            | Event::Recovering { .. }
            | Event::Began { .. }
            | Event::Observed { .. }
            | Event::Halted { .. } => {}
        }
    }

    /// A step under way is over on one of its subjects.
    fn end(&mut self, step: StepId) {
        if let Some((ended, of, _)) = self.running.get_mut(&step) {
            *ended += 1;
            if ended >= of {
                self.running.remove(&step);
            }
        }
    }

    fn name(&self, step: StepId) -> String {
        self.plan.as_ref().and_then(|plan| plan.step(step)).map_or_else(
            || format!("step {}", self.number(step)),
            |planned| format!("{}: {}", planned.step.facet, words::action(&planned.step.action)),
        )
    }

    /// By which number people know a step.
    fn number(&self, step: StepId) -> StepNumber {
        let first_level = || StepNumber::first_level(step.0.saturating_add(1));
        self.plan.as_ref().map_or_else(first_level, |plan| plan.number(step))
    }

    fn elapsed(&self) -> String {
        let seconds = self.began.elapsed().as_secs_f64();
        format!("{seconds:6.1}s")
    }

    /// Lines beyond so many of the same kind would scroll everything else away; the report has them all.
    const TOLD_AT_MOST: usize = 200;

    fn words(&mut self, event: &Event) -> Option<String> {
        let at = self.elapsed();
        match event {
            Event::Surveying { what } => Some(format!("{at}  looking at {}", safe(what))),
            Event::Surveyed { instances } => {
                let large = *instances >= self.surveyed + 10_000;
                large.then(|| format!("{at}  {} instances seen", words::grouped(*instances)))
            }
            Event::PassedOver { channel, why, instances } => {
                let who = match instances {
                    1 => "1 instance".to_owned(),
                    many => format!("{} instances", words::grouped(*many)),
                };
                Some(format!("{at}  {} skipped for {who}: {}", channel.name(), safe(why)))
            }
            Event::Silent { provider, error } => {
                self.clear();
                CliError::from(CloudError::clone(error)).tell();
                Some(format!(
                    "  while looking at provider {}; what it hides is unknown until it answers",
                    safe(provider.as_str())
                ))
            }
            Event::Recovering { run, began, journaled } => {
                let id: String = run.as_str().chars().take(8).collect();
                Some(format!(
                    "run {id} of {began} never ended; {journaled} of its steps were journaled. Looking again, and going on from what is."
                ))
            }
            Event::Began { .. } => None,
            Event::Started { step, subjects } => {
                let who = match subjects.as_slice() {
                    [only] => safe(only.as_str()).into_owned(),
                    many => words::count(many.len(), "instance"),
                };
                Some(format!("{at}  …  {who}  {}", safe(&self.name(*step))))
            }
            Event::Done { step, subject, note, already } => {
                self.told += 1;
                if self.told > Self::TOLD_AT_MOST {
                    return None;
                }
                // Exit codes matter when something failed, and then the failure names them.
                let note = if *already {
                    "already so"
                } else if note.starts_with("exit codes") {
                    ""
                } else {
                    note
                };
                let note =
                    if note.is_empty() { String::new() } else { format!("  ({})", safe(note)) };
                Some(format!(
                    "{at}  ok {subject}  {}{note}",
                    safe(&self.name(*step)),
                    subject = safe(subject.as_str())
                ))
            }
            Event::Failed { step, subject, why, .. } => Some(format!(
                "{at}  FAILED {}  {}: {}",
                safe(subject.as_str()),
                safe(&self.name(*step)),
                safe(why)
            )),
            Event::Skipped { .. } => None,
            Event::Observed { steps, .. } => {
                let mut text =
                    format!("{at}  seen: {} added to the plan", words::count(steps.len(), "step"));
                for planned in steps {
                    let held = match (&planned.held, &self.plan) {
                        (Some(held), Some(plan)) => format!("  {}", words::held(plan, held)),
                        (Some(_) | None, _) => String::new(),
                    };
                    text.push_str(&format!(
                        "\n           {:>2}. {}: {}{held}",
                        planned.number,
                        planned.step.facet,
                        safe(&words::action(&planned.step.action))
                    ));
                }
                Some(text)
            }
            Event::Halted { why } => Some(format!("{at}  stopping: {}", safe(why))),
        }
    }

    /// One event as an object. The schema is `state/schemas/event.json`.
    fn json(&self, event: &Event) -> String {
        let value = match event {
            Event::Surveying { what } => json!({ "event": "surveying", "what": what }),
            Event::Surveyed { instances } => json!({ "event": "surveyed", "instances": instances }),
            Event::PassedOver { channel, why, instances } => json!({
                "event": "passed-over", "channel": channel, "why": why, "instances": instances
            }),
            Event::Silent { provider, error } => json!({
                "event": "silent", "provider": provider, "why": told(error.as_ref()), "advice": error.advice()
            }),
            Event::Recovering { run, began, journaled } => json!({
                "event": "recovering", "run": run, "began": began, "journaled": journaled
            }),
            Event::Began { run, .. } => json!({ "event": "began", "run": run }),
            Event::Started { step, subjects } => {
                json!({ "event": "started", "step": self.number(*step), "name": self.name(*step), "subjects": subjects })
            }
            Event::Done { step, subject, note, already } => {
                json!({ "event": "done", "step": self.number(*step), "name": self.name(*step), "subject": subject, "note": note, "already": already })
            }
            Event::Failed { step, also, subject, why, advice } => {
                let also: Vec<StepNumber> = also.iter().map(|step| self.number(*step)).collect();
                json!({ "event": "failed", "step": self.number(*step), "name": self.name(*step), "also": also, "subject": subject, "why": why, "advice": advice })
            }
            Event::Skipped { step, subject, why } => {
                json!({ "event": "skipped", "step": self.number(*step), "name": self.name(*step), "subject": subject, "why": why })
            }
            Event::Observed { step, steps, .. } => {
                json!({ "event": "observed", "step": self.number(*step), "steps": steps })
            }
            Event::Halted { why } => json!({ "event": "halted", "why": why }),
        };
        let mut object = value;
        object["format"] = json!(1);
        object.to_string()
    }

    /// Draws what runs, over what was drawn before.
    fn redraw(&mut self) {
        if !self.live {
            return;
        }
        self.clear();
        let mut text = String::new();
        let width = usize::from(terminal_width());
        for (step, (done, all, since)) in self.running.iter().take(12) {
            let share = if *all > 1 { format!(" {done}/{all}") } else { String::new() };
            let line = format!(
                "  ⋯ {}{share}  {:.0}s",
                safe(&self.name(*step)),
                since.elapsed().as_secs_f64()
            );
            text.extend(line.chars().take(width.saturating_sub(1)));
            text.push('\n');
        }
        self.drawn = self.running.len().min(12);
        // A terminal that went away is noticed by the result, not by its progress.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }

    fn clear(&mut self) {
        if self.drawn > 0 {
            let _ = write!(std::io::stderr().lock(), "\x1b[{}A\x1b[J", self.drawn);
            self.drawn = 0;
        }
    }
}

/// The terminal's width by what the shell says; narrow when it says nothing.
fn terminal_width() -> u16 {
    std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).unwrap_or(80)
}
