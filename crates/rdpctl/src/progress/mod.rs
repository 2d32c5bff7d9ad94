//! Progress on standard error: on a terminal what runs is redrawn below what has ended; piped, one line per event; JSON
//! when asked.

mod json;
mod lines;
mod live;
mod sights;
mod story;

use std::time::{Duration, Instant};

use jiff::Zoned;
use rdpctl_engine::Event;
use rdpctl_engine::run::Stops;
use rdpctl_term::{Page, Reader, Words, grid};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use self::lines::Form;
use self::live::{Pace, Region};
use self::story::Story;
use crate::error::{Places, Untold};
use crate::out;
use crate::report::words::count;

/// How progress is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// For people, on standard error.
    Words,
    /// One JSON object a line, on standard output.
    Json,
}

/// What is told at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flush {
    /// All that was sent.
    Events,
    /// Who was silent, too: errors stand behind the result that they explain.
    Errors,
}

/// A task that tells what it is sent.
pub(crate) struct Teller {
    /// Where events go.
    pub(crate) events: mpsc::Sender<Event>,
    flushes: mpsc::Sender<(Flush, oneshot::Sender<()>)>,
    task: JoinHandle<Untold>,
}

impl Teller {
    /// Starts telling. A run brings the plan that names its steps; an observation brings its own. Whoever may be stopped
    /// hands over by what, so that it is said what happens then.
    pub(crate) fn start(manner: Manner, stops: Stops, places: Places) -> Self {
        let (events, mut inbox) = mpsc::channel(1024);
        let (flushes, mut flushing) = mpsc::channel::<(Flush, oneshot::Sender<()>)>(1);
        let task = tokio::spawn(async move {
            let mut screen = Screen::new(manner, places);
            let mut tick = tokio::time::interval(Duration::from_millis(250));
            let mut is_stopped = false;
            loop {
                tokio::select! {
                    event = inbox.recv() => match event {
                        Some(event) => screen.tell(&event),
                        None => break,
                    },
                    Some((flush, told)) = flushing.recv() => {
                        while let Ok(event) = inbox.try_recv() {
                            screen.tell(&event);
                        }
                        screen.clear();
                        if flush == Flush::Errors {
                            screen.untold.tell();
                        }
                        // Whoever waited for it may have gone.
                        let _ = told.send(());
                    }
                    () = stops.gently.cancelled(), if !is_stopped => {
                        is_stopped = true;
                        screen.end();
                    }
                    _ = tick.tick() => screen.beat(),
                }
            }
            screen.clear();
            screen.close();
            screen.unfold();
            screen.untold
        });
        Self { events, flushes, task }
    }

    /// Returns once all is told that was sent before.
    pub(crate) async fn flush(&self) {
        self.tell(Flush::Events).await;
    }

    /// The same, and who was silent.
    pub(crate) async fn flush_errors(&self) {
        self.tell(Flush::Errors).await;
    }

    async fn tell(&self, what: Flush) {
        let (told, waits) = oneshot::channel();
        // A teller that panicked has nothing left to tell.
        let _ = self.flushes.send((what, told)).await;
        let _ = waits.await;
    }

    /// Tells what is left and stops; who was silent is left to be told behind the result.
    pub(crate) async fn finish(self) -> Untold {
        drop(self.events);
        // A teller that panicked has nothing left to tell.
        self.task.await.unwrap_or_default()
    }
}

struct Screen {
    manner: Manner,
    form: Form,
    began: Instant,
    story: Story,
    region: Region,
    pace: Pace,
    /// When it was last said that something still goes on.
    still: Duration,
    /// What a build server folds: all that happens in a run.
    fold: Option<out::Fold>,
    /// What failed, to be told again where nothing folds.
    failures: Vec<Failure>,
    /// Who was silent.
    untold: Untold,
}

/// A failure, as it was told and in short.
struct Failure {
    page: Page,
    title: String,
    why: String,
}

/// Failures told again; the report has them all.
const TOLD_AGAIN: usize = 20;

impl Screen {
    fn new(manner: Manner, places: Places) -> Self {
        let live = manner == Manner::Words && out::can_redraw() && !out::is_quiet();
        Self {
            manner,
            form: if live { Form::Live } else { Form::Piped },
            began: Instant::now(),
            story: Story::default(),
            region: Region::default(),
            pace: Pace::On,
            still: Duration::ZERO,
            fold: None,
            failures: Vec::new(),
            untold: Untold::new(places),
        }
    }

    fn tell(&mut self, event: &Event) {
        if let Event::Began { .. } = event {
            self.began = Instant::now();
            self.still = Duration::ZERO;
        }
        let at = self.began.elapsed();
        // What a look adds is told by the names that it brings.
        let is_observed = matches!(event, Event::Observed { .. });
        if is_observed {
            self.story.note(event, at);
        }
        let page = match self.manner {
            Manner::Json => {
                if let Some(line) = json::line(&self.story, event) {
                    // Whoever closed the stream does not want to hear more.
                    let _ = out::out(&format!("{line}\n"));
                }
                None
            }
            Manner::Words => self.words(event, at),
        };
        if !is_observed {
            self.story.note(event, at);
        }
        // What has ended stands above, and no more below.
        if let Some(page) = page {
            self.put(&page);
            self.keep(event, page);
        }
    }

    fn words(&mut self, event: &Event, at: Duration) -> Option<Page> {
        if let Event::Silent { provider, error } = event {
            self.untold.add(provider.clone(), (**error).clone());
        }
        let matters = matches!(event, Event::Failed { .. } | Event::Halted { .. });
        if out::is_quiet() && !matters {
            return None;
        }
        if let Event::Began { plan, .. } = event {
            let steps = plan.changes().map(|(_, planned)| plan.width(planned)).sum();
            let on = count(plan.groups.iter().map(|group| group.members.len()).sum(), "instance");
            let title = format!("rdpctl apply: {} on {on}", count(steps, "step"));
            self.fold = out::Fold::begin("rdpctl_apply", &title);
        }
        lines::told(&self.story, event, self.form, &Zoned::now(), at)
    }

    /// Keeps a failure that is folded away.
    fn keep(&mut self, event: &Event, page: Page) {
        if let (Event::Failed { step, subject, why, .. }, true) = (event, self.fold.is_some())
            && self.failures.len() < TOLD_AGAIN
        {
            let (number, name) = (self.story.number(*step), self.story.name(*step));
            let subject = self.story.called(subject);
            let title = format!("{subject}, step {number}: {name}");
            self.failures.push(Failure { page, title, why: rdpctl_words::english(why) });
        }
    }

    /// A run is over: whoever reads line by line is told so.
    fn close(&self) {
        let is_told = self.form == Form::Piped && self.manner == Manner::Words && !out::is_quiet();
        if is_told && self.story.is_under_way() {
            out::tell(&lines::ended(&self.story, &Zoned::now(), self.began.elapsed()));
        }
    }

    /// Ends what is folded, and tells again what failed in it.
    fn unfold(&mut self) {
        if self.fold.take().is_some() {
            for Failure { page, title, why } in self.failures.drain(..) {
                out::tell(&page);
                out::annotate(&title, &why);
            }
        }
    }

    /// Adds lines that stay.
    fn put(&mut self, page: &Page) {
        match self.form {
            Form::Live => {
                let frame = self.frame();
                let view = out::told_view();
                out::draw(&self.region.over(&out::gated(page), &frame, view.width));
            }
            Form::Piped => out::tell(page),
        }
    }

    fn frame(&self) -> String {
        let at = self.began.elapsed();
        let view = out::told_view();
        out::gate(&live::frame(&self.story, self.pace, at, &view, out::height()))
    }

    /// A moment has passed.
    fn beat(&mut self) {
        if self.manner == Manner::Json || out::is_quiet() {
            return;
        }
        match self.form {
            Form::Live => {
                let frame = self.frame();
                if !frame.is_empty() || !self.region.is_clear() {
                    out::draw(&self.region.over("", &frame, out::told_view().width));
                }
            }
            Form::Piped => self.say_still(),
        }
    }

    /// That something still goes on: build servers kill what is silent, and whoever listens wants to know.
    fn say_still(&mut self) {
        let every = match out::told_view().reader {
            Reader::Eyes => Duration::from_mins(1),
            Reader::Ears => Duration::from_secs(30),
        };
        let at = self.began.elapsed();
        if at.saturating_sub(self.still) < every {
            return;
        }
        self.still = at;
        let time = Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        let mut page = Page::new();
        for (step, running) in &self.story.running {
            let text = format!(
                "{}: {} done, {} under way, for {}",
                self.story.name(*step),
                running.ended,
                running.under_way.len(),
                lines::duration(at.saturating_sub(running.since))
            );
            let who = count(running.under_way.len(), "instance");
            let number = self.story.number(*step).to_string();
            page.push(grid::piped_event(&time, "still", &who, &number, Words::new().said(&text)));
        }
        if let (true, Some((what, since))) = (page.is_empty(), &self.story.looks_at) {
            let took = lines::duration(at.saturating_sub(*since));
            let text = Words::new().own("looking at ").said(what).own(format!(", for {took}"));
            page.push(grid::piped_event(&time, "still", "-", "-", text));
        }
        out::tell(&page);
    }

    /// Somebody asked for an end. Before anything is done, whoever is stopped ends by himself.
    fn end(&mut self) {
        if !self.story.is_under_way() {
            return;
        }
        self.pace = Pace::Ending;
        let in_hand: usize = self.story.running.values().map(|it| it.under_way.len()).sum();
        let mut page = Page::new();
        let waits = match in_hand {
            0 => "nothing is in hand".to_owned(),
            some => format!("what is in hand on {} finishes", count(some, "machine")),
        };
        page.push(grid::plain(
            Words::new().own(format!("Stopping: no new machine and no new step starts; {waits}.")),
        ));
        page.push(grid::plain(Words::new().own(
            "Ctrl-C once more: leave at once. Either way the state is true, and the next apply goes on.",
        )));
        self.clear();
        out::tell(&page);
    }

    fn clear(&mut self) {
        if !self.region.is_clear() {
            out::draw(&self.region.over("", "", out::told_view().width));
        }
    }
}
