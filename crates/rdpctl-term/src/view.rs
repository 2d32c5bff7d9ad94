//! For whom a page is laid out: how wide, in which characters, with colours or without, for eyes or for ears. The rules
//! by which flags and environment decide it stand here, as functions.

/// For whom a page is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The width of the terminal; nothing wraps where there is none.
    pub width: Option<usize>,
    /// Which characters may be used.
    pub characters: Characters,
    /// Whether colours are on.
    pub paint: Paint,
    /// Who reads.
    pub reader: Reader,
    /// Whether addresses of pages can be opened.
    pub links: Links,
}

/// Whether the terminal opens addresses that it is told beside the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// It does.
    Open,
    /// It does not, or nobody knows.
    Text,
}

/// Which characters may be used of our own; names stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Characters {
    /// All that we use.
    Full,
    /// None whose width is ambiguous: an East Asian terminal may draw it two cells wide.
    Narrow,
    /// ASCII alone.
    Ascii,
}

/// Whether colours are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// They are.
    Colour,
    /// They are not.
    Plain,
}

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Somebody who sees columns and marks.
    Eyes,
    /// Somebody to whom it is read aloud.
    Ears,
}

/// What is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// A terminal, with its width where it says one.
    Terminal(Option<usize>),
    /// A file or a pipe.
    Pipe,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// By environment and terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What the command line wishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// `--color`.
    pub color: When,
    /// `--ascii`.
    pub ascii: bool,
}

/// What the environment says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    no_color: Option<String>,
    clicolor_force: Option<String>,
    clicolor: Option<String>,
    term: Option<String>,
    columns: Option<String>,
    ascii: Option<String>,
    accessible: Option<String>,
    /// The first that is set of `LC_ALL`, `LC_CTYPE`, `LANG`.
    locale: Option<String>,
    /// Whether the terminal is one of those that open addresses.
    opens: bool,
}

impl Environment {
    /// What is set, by name.
    pub fn of(get: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| get(name).filter(|value| !value.is_empty());
        Self {
            no_color: set("NO_COLOR"),
            clicolor_force: set("CLICOLOR_FORCE"),
            clicolor: set("CLICOLOR"),
            term: set("TERM"),
            columns: set("COLUMNS"),
            ascii: set("RDPCTL_ASCII"),
            accessible: set("ACCESSIBLE"),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set),
            opens: opens(set),
        }
    }

    /// Whether colours are on.
    #[must_use]
    pub fn paint(&self, when: When, stream: Stream) -> Paint {
        let on = match when {
            When::Always => true,
            When::Never => false,
            When::Auto if self.no_color.is_some() => false,
            When::Auto if is_on(self.clicolor_force.as_deref()) => true,
            When::Auto => {
                stream != Stream::Pipe
                    && self.term.as_deref() != Some("dumb")
                    && self.clicolor.as_deref() != Some("0")
            }
        };
        if on { Paint::Colour } else { Paint::Plain }
    }

    /// Whether a terminal can be drawn upon, rather than written to line by line.
    #[must_use]
    pub fn can_redraw(&self, stream: Stream) -> bool {
        stream != Stream::Pipe
            && self.term.as_deref() != Some("dumb")
            && self.reader() == Reader::Eyes
    }

    /// Whether addresses are told so that they can be opened: with colours, on a terminal that is known to do so.
    fn links(&self, when: When, stream: Stream) -> Links {
        let is_terminal = stream != Stream::Pipe && self.term.as_deref() != Some("dumb");
        if is_terminal && self.opens && self.paint(when, stream) == Paint::Colour {
            Links::Open
        } else {
            Links::Text
        }
    }

    /// Who reads.
    #[must_use]
    pub fn reader(&self) -> Reader {
        if is_on(self.accessible.as_deref()) { Reader::Ears } else { Reader::Eyes }
    }

    fn characters(&self, wishes: Wishes) -> Characters {
        let locale = self.locale.as_deref().unwrap_or_default();
        let (language, charset) = locale.split_once('.').unwrap_or((locale, ""));
        let charset = charset.split('@').next().unwrap_or_default().to_ascii_lowercase();
        let is_utf8 = matches!(charset.as_str(), "" | "utf8" | "utf-8");
        let is_plain = matches!(language, "C" | "POSIX") && charset.is_empty();
        if wishes.ascii || is_on(self.ascii.as_deref()) || is_plain || !is_utf8 {
            Characters::Ascii
        } else if ["ko", "ja", "zh"].iter().any(|tongue| language.starts_with(tongue)) {
            Characters::Narrow
        } else {
            Characters::Full
        }
    }

    /// How a page is laid out for a stream.
    #[must_use]
    pub fn view(&self, wishes: Wishes, stream: Stream) -> View {
        const NARROWEST: usize = 20;
        let width = match stream {
            Stream::Pipe => None,
            Stream::Terminal(width) => {
                let said = || self.columns.as_deref().and_then(|columns| columns.parse().ok());
                Some(width.or_else(said).unwrap_or(80).max(NARROWEST))
            }
        };
        View {
            width,
            characters: self.characters(wishes),
            paint: self.paint(wishes.color, stream),
            reader: self.reader(),
            links: self.links(wishes.color, stream),
        }
    }
}

impl View {
    /// Nobody reads longer lines with ease, however wide the screen.
    pub(crate) const PROSE: usize = 99;

    /// Cells that a line may take: one fewer than the terminal has, since some add an empty line behind a full one.
    pub(crate) fn cells(&self) -> Option<usize> {
        self.width.map(|width| (width - 1).min(Self::PROSE))
    }

    /// Nothing wraps, nothing is coloured: a pipe's.
    #[must_use]
    pub const fn plain() -> Self {
        Self {
            width: None,
            characters: Characters::Full,
            paint: Paint::Plain,
            reader: Reader::Eyes,
            links: Links::Text,
        }
    }
}

/// Whether the terminal is known to open addresses; in tmux and screen the one behind it is not known.
fn opens(set: impl Fn(&str) -> Option<String>) -> bool {
    const PROGRAMS: [&str; 6] = ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio"];
    const TERMS: [&str; 5] = ["xterm-kitty", "xterm-ghostty", "foot", "alacritty", "wezterm"];
    /// VTE before 0.50 shows them as text.
    const VTE: u32 = 5_000;
    /// Konsole before 20.12 does.
    const KONSOLE: u32 = 201_200;
    let at_least = |name: &str, least: u32| {
        set(name).and_then(|version| version.parse::<u32>().ok()).is_some_and(|it| it >= least)
    };
    let is_one_of = |name: &str, known: &[&str]| {
        set(name).is_some_and(|value| known.iter().any(|it| value.starts_with(it)))
    };
    if set("TMUX").is_some() || is_one_of("TERM", &["screen", "tmux"]) {
        return false;
    }
    is_one_of("TERM_PROGRAM", &PROGRAMS)
        || is_one_of("TERM", &TERMS)
        || set("WT_SESSION").is_some()
        || at_least("VTE_VERSION", VTE)
        || at_least("KONSOLE_VERSION", KONSOLE)
}

fn is_on(value: Option<&str>) -> bool {
    value.is_some_and(|value| value != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(set: &[(&str, &str)]) -> Environment {
        let set: Vec<(String, String)> =
            set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Environment::of(|name| {
            set.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn colours_are_on_by_flag_then_environment_then_terminal() {
        const TTY: Stream = Stream::Terminal(None);
        use Stream::Pipe;
        use When::{Always, Auto, Never};
        #[rustfmt::skip]
        type Row<'a> = (When, Stream, &'a [(&'a str, &'a str)], Paint);
        let table: &[Row<'_>] = &[
            (Auto, TTY, &[], Paint::Colour),
            (Auto, Pipe, &[], Paint::Plain),
            (Auto, TTY, &[("NO_COLOR", "1")], Paint::Plain),
            (Auto, TTY, &[("NO_COLOR", "0")], Paint::Plain),
            (Auto, TTY, &[("NO_COLOR", "")], Paint::Colour),
            (Auto, TTY, &[("TERM", "dumb")], Paint::Plain),
            (Auto, TTY, &[("TERM", "xterm")], Paint::Colour),
            (Auto, TTY, &[("CLICOLOR", "0")], Paint::Plain),
            (Auto, TTY, &[("CLICOLOR", "1")], Paint::Colour),
            (Auto, Pipe, &[("CLICOLOR", "1")], Paint::Plain),
            (Auto, Pipe, &[("CLICOLOR_FORCE", "1")], Paint::Colour),
            (Auto, Pipe, &[("CLICOLOR_FORCE", "0")], Paint::Plain),
            (Auto, Pipe, &[("CLICOLOR_FORCE", "")], Paint::Plain),
            (Auto, TTY, &[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], Paint::Colour),
            (Auto, TTY, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], Paint::Plain),
            (Always, Pipe, &[("NO_COLOR", "1")], Paint::Colour),
            (Always, Pipe, &[("TERM", "dumb")], Paint::Colour),
            (Never, TTY, &[("CLICOLOR_FORCE", "1")], Paint::Plain),
            (Never, TTY, &[], Paint::Plain),
        ];
        for (when, stream, set, paint) in table {
            assert_eq!(
                environment(set).paint(*when, *stream),
                *paint,
                "{when:?} {stream:?} {set:?}"
            );
        }
    }

    #[test]
    fn characters_are_those_that_flag_and_locale_allow() {
        let by = |set: &[(&str, &str)]| environment(set).characters(Wishes::default());
        assert_eq!(by(&[]), Characters::Full);
        assert_eq!(by(&[("LANG", "en_US.UTF-8")]), Characters::Full);
        assert_eq!(by(&[("LANG", "C.UTF-8")]), Characters::Full);
        assert_eq!(by(&[("LANG", "C")]), Characters::Ascii);
        assert_eq!(by(&[("LC_ALL", "POSIX"), ("LANG", "en_US.UTF-8")]), Characters::Ascii);
        assert_eq!(by(&[("LC_ALL", ""), ("LANG", "en_US.UTF-8")]), Characters::Full);
        assert_eq!(by(&[("LC_CTYPE", "de_DE.ISO-8859-1@euro")]), Characters::Ascii);
        assert_eq!(by(&[("LANG", "ko_KR.UTF-8")]), Characters::Narrow);
        assert_eq!(by(&[("LANG", "zh_CN.utf8")]), Characters::Narrow);
        assert_eq!(by(&[("RDPCTL_ASCII", "1")]), Characters::Ascii);
        let ascii = Wishes { ascii: true, ..Wishes::default() };
        assert_eq!(environment(&[]).characters(ascii), Characters::Ascii);
    }

    #[test]
    fn addresses_can_be_opened_on_terminals_that_are_known_to_and_nowhere_else() {
        const TTY: Stream = Stream::Terminal(None);
        type Row<'a> = (Stream, &'a [(&'a str, &'a str)], Links);
        let table: &[Row<'_>] = &[
            (TTY, &[], Links::Text),
            (TTY, &[("TERM", "xterm-256color")], Links::Text),
            (TTY, &[("TERM", "xterm-kitty")], Links::Open),
            (TTY, &[("VTE_VERSION", "7200")], Links::Open),
            (TTY, &[("VTE_VERSION", "4602")], Links::Text),
            (TTY, &[("TERM_PROGRAM", "vscode")], Links::Open),
            (TTY, &[("WT_SESSION", "1"), ("NO_COLOR", "1")], Links::Text),
            (TTY, &[("VTE_VERSION", "7200"), ("TMUX", "/tmp/t")], Links::Text),
            (TTY, &[("VTE_VERSION", "7200"), ("TERM", "dumb")], Links::Text),
            (Stream::Pipe, &[("VTE_VERSION", "7200"), ("CLICOLOR_FORCE", "1")], Links::Text),
        ];
        for (stream, set, links) in table {
            let view = environment(set).view(Wishes::default(), *stream);
            assert_eq!(view.links, *links, "{stream:?} {set:?}");
        }
    }

    #[test]
    fn the_width_is_the_terminals_then_what_the_shell_says_then_80() {
        let width =
            |set: &[(&str, &str)], stream| environment(set).view(Wishes::default(), stream).width;
        assert_eq!(width(&[("COLUMNS", "60")], Stream::Terminal(Some(100))), Some(100));
        assert_eq!(width(&[("COLUMNS", "60")], Stream::Terminal(None)), Some(60));
        assert_eq!(width(&[("COLUMNS", "x")], Stream::Terminal(None)), Some(80));
        assert_eq!(width(&[], Stream::Terminal(Some(3))), Some(20));
        assert_eq!(width(&[("COLUMNS", "60")], Stream::Pipe), None);
    }

    #[test]
    fn nothing_is_redrawn_on_a_pipe_a_dumb_terminal_or_for_the_ear() {
        const TTY: Stream = Stream::Terminal(None);
        assert!(environment(&[]).can_redraw(TTY));
        assert!(!environment(&[]).can_redraw(Stream::Pipe));
        assert!(!environment(&[("TERM", "dumb")]).can_redraw(TTY));
        assert!(!environment(&[("ACCESSIBLE", "1")]).can_redraw(TTY));
        assert!(environment(&[("ACCESSIBLE", "0")]).can_redraw(TTY));
    }
}
