//! What colours mean. Of the sixteen of the terminal's own palette, so that the reader's theme rules, and none that is
//! unreadable on somebody's background.

use anstyle::{AnsiColor, Effects, Style};

/// In which ink a word is written: what it means, not how it looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ink {
    /// As anything.
    #[default]
    Plain,
    /// What the eye should find first: the first sentence, names, what is declared, labels.
    Strong,
    /// What may be overlooked.
    Faint,
    /// As declared, or done.
    Good,
    /// Wrong, and nobody gets in because of it; failed.
    Shut,
    /// Wrong; ends sessions.
    Bad,
    /// Not known.
    Unknown,
    /// Waits for an answer.
    Held,
    /// Waits for time; costs money, opens a way in.
    Caution,
    /// Under way.
    Running,
    /// A command to type.
    Command,
    /// The address of a vendor's page or one of our manual: where the terminal knows how, it can be opened.
    Page,
}

impl Ink {
    /// How it looks where colours are on.
    #[must_use]
    pub const fn style(self) -> Style {
        const fn in_colour(colour: AnsiColor) -> Style {
            Style::new().fg_color(Some(anstyle::Color::Ansi(colour)))
        }
        match self {
            Self::Plain | Self::Page => Style::new(),
            Self::Strong => Style::new().effects(Effects::BOLD),
            Self::Faint => Style::new().effects(Effects::DIMMED),
            Self::Good => in_colour(AnsiColor::Green),
            Self::Shut => in_colour(AnsiColor::Red).effects(Effects::BOLD),
            Self::Bad => in_colour(AnsiColor::Red),
            Self::Unknown => in_colour(AnsiColor::Magenta),
            Self::Held => in_colour(AnsiColor::Yellow).effects(Effects::BOLD),
            Self::Caution => in_colour(AnsiColor::Yellow),
            Self::Running => in_colour(AnsiColor::Cyan).effects(Effects::BOLD),
            Self::Command => in_colour(AnsiColor::Cyan),
        }
    }
}
