//! The only place that writes to the terminal: results to standard output, everything else to standard error. Here it is
//! decided once how both are written: how wide, in which characters, with colours or without.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rdpctl_term::escape::{Colours, leaving, told};
pub(crate) use rdpctl_term::escape::{is_unsafe, safe};
use rdpctl_term::{Environment, Page, Stream, View, When, Wishes, Words, grid, lay};

use crate::ci::{Ci, Wish};

/// What flags and environment say of all that is written.
struct Setup {
    wishes: Wishes,
    hush: Hush,
    beside: Beside,
    environment: Environment,
    ci: Ci,
}

/// Whether what is neither result nor error nor question is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Hush {
    /// It is.
    #[default]
    Tell,
    /// It is not: `--quiet`.
    Quiet,
}

/// What else is written to standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Nothing.
    #[default]
    Nothing,
    /// Logs, whose lines nobody may draw over.
    Logs,
    /// Each request, by `-v`: whoever wants them wants to know their ids, too.
    Requests,
}

static SETUP: OnceLock<Setup> = OnceLock::new();

/// The one process-wide choice of how things are written. A second one is too late and changes nothing.
pub(crate) fn set_up(wishes: Wishes, hush: Hush, beside: Beside, ci: Wish) {
    SETUP.get_or_init(|| Setup {
        wishes,
        hush,
        beside,
        environment: Environment::of(variable),
        ci: Ci::of(ci, variable),
    });
}

/// The reader's own time zone; UTC where nobody says which it is.
pub(crate) fn zone() -> &'static TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(|| match TimeZone::system() {
        zone if zone.is_unknown() => TimeZone::UTC,
        zone => zone,
    })
}

fn setup() -> &'static Setup {
    SETUP.get_or_init(|| Setup {
        wishes: Wishes { color: asked_for(std::env::args_os()), ascii: false },
        hush: Hush::Tell,
        beside: Beside::Nothing,
        environment: Environment::of(variable),
        ci: Ci::of(Wish::Auto, variable),
    })
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What `--color` says where nobody could read the arguments: a complaint about them obeys it as well.
fn asked_for(arguments: impl Iterator<Item = OsString>) -> When {
    let words: Vec<String> =
        arguments.map(|argument| argument.to_string_lossy().into_owned()).collect();
    let value = |(place, word): (usize, &String)| match word.strip_prefix("--color") {
        Some("") => words.get(place + 1).cloned(),
        Some(rest) => rest.strip_prefix('=').map(str::to_owned),
        None => None,
    };
    match words.iter().enumerate().filter_map(value).next_back().as_deref() {
        Some("always") => When::Always,
        Some("never") => When::Never,
        Some(_) | None => When::Auto,
    }
}

/// How a page is laid out for the result.
pub(crate) fn result_view() -> View {
    let stream = std::io::stdout();
    let size = || terminal_size::terminal_size_of(&stream);
    setup().environment.view(setup().wishes, kind(&stream, size))
}

/// How a page is laid out for all else.
pub(crate) fn told_view() -> View {
    setup().environment.view(setup().wishes, told_stream())
}

/// Whether standard error can be drawn upon.
pub(crate) fn can_redraw() -> bool {
    setup().beside == Beside::Nothing && setup().environment.can_redraw(told_stream())
}

/// Lines of the terminal behind standard error.
pub(crate) fn height() -> usize {
    const USUAL: usize = 24;
    terminal_size::terminal_size_of(std::io::stderr()).map_or(USUAL, |(_, height)| height.0.into())
}

/// Whether somebody looks on at what is told.
pub(crate) fn is_watched() -> bool {
    !is_quiet() && told_stream() != Stream::Pipe
}

/// Whether the ids of requests are told.
pub(crate) fn tells_requests() -> bool {
    setup().beside == Beside::Requests
}

/// Whether progress and advice are told.
pub(crate) fn is_quiet() -> bool {
    setup().hush == Hush::Quiet
}

fn told_stream() -> Stream {
    let stream = std::io::stderr();
    kind(&stream, || terminal_size::terminal_size_of(&stream))
}

fn kind(
    stream: &impl IsTerminal,
    size: impl Fn() -> Option<(terminal_size::Width, terminal_size::Height)>,
) -> Stream {
    if stream.is_terminal() {
        Stream::Terminal(size().map(|(width, _)| width.0.into()))
    } else {
        Stream::Pipe
    }
}

const fn colours(view: &View) -> Colours {
    match view.paint {
        rdpctl_term::Paint::Colour => Colours::Pass,
        rdpctl_term::Paint::Plain => Colours::Shown,
    }
}

/// How diagnostics are painted.
pub(crate) fn paint() -> rdpctl_config::Paint {
    match told_view().paint {
        rdpctl_term::Paint::Colour => rdpctl_config::Paint::Colour,
        rdpctl_term::Paint::Plain => rdpctl_config::Paint::Plain,
    }
}

/// Writes a result as it is: a form for machines, or text without colours.
pub(crate) fn out(text: &str) -> std::io::Result<()> {
    write(std::io::stdout().lock(), &leaving(text))
}

/// Writes a page as a result.
pub(crate) fn page(page: &Page) -> std::io::Result<()> {
    let view = result_view();
    write(std::io::stdout().lock(), &told(&lay(page, &view), colours(&view)))
}

/// Writes a page as a result, folded where a build server can: under a title, and known by a name.
pub(crate) fn folded(name: &'static str, title: &str, of: &Page) -> std::io::Result<()> {
    let ci = setup().ci;
    // What a result is written to may be a file, in which nothing folds.
    let mark = |line: Option<String>| match line {
        Some(line) => write(std::io::stdout().lock(), &line),
        None => Ok(()),
    };
    mark(ci.begin(name, title, Timestamp::now()))?;
    page(of)?;
    mark(ci.end(name, Timestamp::now()))
}

/// A group of what is told beside results, from its beginning to when it is dropped.
#[derive(Debug)]
pub(crate) struct Fold(&'static str);

impl Fold {
    /// Begins it, where a build server can fold.
    pub(crate) fn begin(name: &'static str, title: &str) -> Option<Self> {
        draw(&setup().ci.begin(name, title, Timestamp::now())?);
        Some(Self(name))
    }
}

impl Drop for Fold {
    fn drop(&mut self) {
        draw(&setup().ci.end(self.0, Timestamp::now()).unwrap_or_default());
    }
}

/// Has a build server show an error beside the change.
pub(crate) fn annotate(title: &str, text: &str) {
    draw(&setup().ci.error(&safe(title), &safe(text)).unwrap_or_default());
}

/// Writes what clap made: help as a result, with its own colours where they are on.
pub(crate) fn help(styled: &clap::builder::StyledStr) -> std::io::Result<()> {
    write(std::io::stdout().lock(), &painted(styled, &result_view()))
}

/// Writes clap's complaint about the arguments.
pub(crate) fn complaint(styled: &clap::builder::StyledStr) {
    // A closed standard error is nobody's loss.
    let _ = write(std::io::stderr().lock(), &painted(styled, &told_view()));
}

fn painted(styled: &clap::builder::StyledStr, view: &View) -> String {
    let text = match view.paint {
        rdpctl_term::Paint::Colour => styled.ansi().to_string(),
        rdpctl_term::Paint::Plain => styled.to_string(),
    };
    // A file may be named like an argument, and anyhow.
    format!("{}\n", told(text.trim_end(), colours(view)))
}

fn write(mut stream: impl Write, text: &str) -> std::io::Result<()> {
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        // Whoever reads only the head of it has seen what he wanted.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        ended => ended,
    }
}

/// Writes a line that is not a result. A closed standard error is nobody's loss.
pub(crate) fn err(line: &str) {
    let view = told_view();
    let is_plain = !line.contains(|c: char| c.is_control());
    // What has lines of its own, such as an excerpt of a file, has its own form as well.
    if is_plain && view.width.is_some_and(|width| rdpctl_term::width(line) >= width) {
        let text = line.trim_start();
        let mut page = Page::new();
        page.push(grid::indented(line.len() - text.len(), Words::new().said(text)));
        tell(&page);
        return;
    }
    let _ = writeln!(std::io::stderr().lock(), "{}", told(line, colours(&told_view())));
}

/// Writes a page that is not a result.
pub(crate) fn tell(page: &Page) {
    let view = told_view();
    // A closed standard error is nobody's loss.
    let _ = write(std::io::stderr().lock(), &told(&lay(page, &view), colours(&view)));
}

/// A page as it may be drawn on the terminal behind standard error.
pub(crate) fn gated(page: &Page) -> String {
    gate(&lay(page, &told_view()))
}

/// Text that was laid out, as it may be drawn there.
pub(crate) fn gate(text: &str) -> String {
    told(text, colours(&told_view())).into_owned()
}

/// Writes what moves the cursor. What it holds of others went through the gate.
pub(crate) fn draw(text: &str) {
    // A closed standard error is nobody's loss.
    let _ = write(std::io::stderr().lock(), text);
}

/// Writes a question to the terminal, and leaves the cursor behind it.
pub(crate) fn prompt(text: &str) {
    // A closed standard error is nobody's loss.
    let _ = write(std::io::stderr().lock(), &told(text, colours(&told_view())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_about_the_arguments_obeys_the_colours_that_they_ask_for() {
        let by = |words: &[&str]| asked_for(words.iter().map(|word| OsString::from(*word)));
        assert_eq!(by(&["rdpctl", "plan", "--color=never", "--nonsense"]), When::Never);
        assert_eq!(by(&["rdpctl", "--color", "always"]), When::Always);
        assert_eq!(by(&["rdpctl", "--color"]), When::Auto);
        assert_eq!(by(&["rdpctl", "--color", "always", "--color=never"]), When::Never);
    }
}
