//! The console's own channel and its commands.

use super::channel::{Channel, Stage};
use crate::guest::{Commands, Stroke};

/// The most channels, its own among them.
const CHANNELS: usize = 10;
/// What it says where it opens no channel, as Azure's documents of its serial console quote it.
const NOT_REGISTERED: &str = "Error: Unable to launch a Command Prompt.  The service responsible for launching\r\n\
    Command Prompt channels has not yet registered.  This may be because the service is\r\n\
    not yet started, is disabled by the administrator, is malfunctioning or is\r\nunresponsive.\r\n";
const TIMED_OUT: &str = "Timeout: Unable to launch a Command Prompt.  The service responsible for launching\r\n\
    Command Prompt channels has timed out.  This may be because the service is\r\n\
    malfunctioning or is unresponsive.\r\n";
const CHANNELS_OFF: &str = "Launching of Command Prompt channels is disabled.\r\n";

/// The longest line that it takes.
const LONGEST: usize = 78;

/// What is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Front {
    #[default]
    Own,
    /// The page that introduces a channel.
    Page(usize),
    Channel(usize),
}

/// What has to be asked of the machine.
#[derive(Debug)]
pub(super) enum Wish {
    /// To run a line in a channel.
    Run(usize, String),
    /// To let somebody in.
    Admit(usize, String, String, String),
    /// To restart.
    Restart,
    /// To stop with an error.
    Crash,
}

/// What the console knows of its machine.
pub(super) struct Facts {
    pub(super) name: String,
    pub(super) build: u32,
    pub(super) up: u64,
    pub(super) clock: String,
    pub(super) commands: Commands,
    /// Whether the machine has no time to open channels.
    pub(super) overloaded: bool,
}

/// The console of one machine since it was started.
#[derive(Debug, Default)]
pub(crate) struct Sac {
    boot: Option<u64>,
    front: Front,
    line: String,
    escape: Escape,
    number: u32,
    channels: Vec<Channel>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    Begun,
    /// Behind ESC TAB: a digit names a channel.
    Digit,
}

impl Sac {
    /// After a start nothing is left of what was.
    pub(super) fn boot(&mut self, boot: u64) {
        if self.boot != Some(boot) {
            *self = Self { boot: Some(boot), ..Self::default() };
        }
    }

    /// What it writes when it has begun.
    pub(super) const fn begun() -> &'static str {
        "\u{1b}[2J\u{1b}[1;1H\r\nComputer is booting, SAC started and initialized.\r\n\r\n\
         Use the \"ch -?\" command for information about using channels.\r\n\
         Use the \"?\" command for general help.\r\n\r\nSAC>"
    }

    pub(super) fn channels(&self) -> usize {
        self.channels.len()
    }

    pub(super) fn channel(&mut self, place: usize) -> Option<&mut Channel> {
        self.channels.get_mut(place)
    }

    /// What changed on the channel that is shown.
    pub(super) fn news(&mut self) -> String {
        match self.front {
            Front::Channel(place) => self.channels.get_mut(place).map(Channel::news),
            Front::Own | Front::Page(_) => None,
        }
        .unwrap_or_default()
    }

    /// A channel has ended.
    pub(super) fn end(&mut self, place: usize) -> String {
        if place >= self.channels.len() {
            return String::new();
        }
        self.channels.remove(place);
        self.front = Front::Own;
        "\u{1b}[2J\u{1b}[1;1HSAC>".to_owned()
    }

    /// Takes one character; gives what is shown at once, and what the machine has to do.
    pub(super) fn take(&mut self, letter: char, facts: &Facts) -> (String, Option<Wish>) {
        match (self.escape, letter) {
            (Escape::None | Escape::Digit, '\u{1b}') => {
                self.escape = Escape::Begun;
                return (String::new(), None);
            }
            (Escape::Begun, '\t') => {
                self.escape = Escape::Digit;
                return (self.next(), None);
            }
            (Escape::Digit, '0') => {
                self.escape = Escape::None;
                self.front = Front::Own;
                return ("\u{1b}[2J\u{1b}[1;1HSAC>".to_owned(), None);
            }
            (Escape::Begun | Escape::Digit, _) => self.escape = Escape::None,
            (Escape::None, _) => {}
        }
        match self.front {
            Front::Own => self.own(letter, facts),
            Front::Page(place) => {
                self.front = Front::Channel(place);
                let Some(channel) = self.channels.get_mut(place) else {
                    return (String::new(), None);
                };
                if matches!(channel.stage, Stage::Fresh) {
                    channel.stage = Stage::User;
                    channel.write("Please enter login credentials.\r\nUsername: ");
                }
                (channel.whole(), None)
            }
            Front::Channel(place) => self.typed(place, letter),
        }
    }

    fn next(&mut self) -> String {
        let next = match self.front {
            Front::Own => 0,
            Front::Page(place) | Front::Channel(place) => place + 1,
        };
        if next >= self.channels.len() {
            self.front = Front::Own;
            return "\u{1b}[2J\u{1b}[1;1HSAC>".to_owned();
        }
        self.show(next)
    }

    fn show(&mut self, place: usize) -> String {
        self.front = Front::Page(place);
        let channel = &self.channels[place];
        format!(
            "\u{1b}[2J\u{1b}[1;1H<?xml version=\"1.0\"?>\r\n<channel-switch>\r\n<name>{}</name>\r\n</channel-switch>\r\n\
             Name:                  {}\r\nDescription:           Command\r\nType:                  VT-UTF8\r\n\
             Channel GUID:          {}\r\nApplication Type GUID: 63d02271-8aa4-11d5-bccf-00b0d014a2d0\r\n\r\n\
             Press <esc><tab> for next channel.\r\nPress <esc><tab>0 to return to the SAC channel.\r\n\
             Use any other key to view this channel.\r\n\r\n",
            channel.name, channel.name, channel.guid
        )
    }

    fn own(&mut self, letter: char, facts: &Facts) -> (String, Option<Wish>) {
        match letter {
            '\r' | '\n' | '\u{3}' => {
                let line = std::mem::take(&mut self.line);
                let (text, wish) = self.command(line.trim(), facts);
                let prompt = if self.front == Front::Own { "SAC>" } else { "" };
                (format!("\r\n{text}{prompt}"), wish)
            }
            '\u{8}' | '\u{7f}' => match self.line.pop() {
                Some(_) => ("\u{8} \u{8}".to_owned(), None),
                None => (String::new(), None),
            },
            '\t' => ("\u{7}".to_owned(), None),
            letter if letter.is_control() || self.line.len() >= LONGEST => (String::new(), None),
            letter => {
                self.line.push(letter);
                (letter.to_string(), None)
            }
        }
    }

    fn command(&mut self, line: &str, facts: &Facts) -> (String, Option<Wish>) {
        // The console lower-cases what is typed; names of channels are found all the same.
        let lower = line.to_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        let text = match words[..] {
            [] => String::new(),
            ["cmd"] if facts.commands == Commands::Off => CHANNELS_OFF.to_owned(),
            ["cmd"] if facts.commands == Commands::NotRegistered => NOT_REGISTERED.to_owned(),
            ["cmd"] if facts.overloaded => TIMED_OUT.to_owned(),
            ["cmd"] if self.channels.len() + 1 >= CHANNELS => {
                "The maximum number of channels has been reached.\r\n".to_owned()
            }
            ["cmd"] => {
                self.number += 1;
                let channel = Channel::new(self.number);
                let text = format!(
                    "The Command Prompt session was successfully launched.\r\nSAC>\r\n\
                     EVENT:   A new channel has been created.  Use \"ch -?\" for channel help.\r\nChannel: {}\r\n",
                    channel.name
                );
                self.channels.push(channel);
                text
            }
            ["ch"] => {
                let mut text = "Channel List\r\n\r\n(Use \"ch -?\" for information on using channels)\r\n\r\n# Status  Channel Name\r\n0 (AV)    SAC\r\n".to_owned();
                for (place, channel) in self.channels.iter().enumerate() {
                    text.push_str(&format!("{} (AV)    {}\r\n", place + 1, channel.name));
                }
                text
            }
            ["ch", how @ ("-sn" | "-cn" | "-si" | "-ci"), which] => {
                let place = if how.ends_with('n') {
                    self.channels.iter().position(|one| one.name.eq_ignore_ascii_case(which))
                } else {
                    which.parse::<usize>().ok().and_then(|number| number.checked_sub(1))
                };
                match place.filter(|place| *place < self.channels.len()) {
                    None => "The channel was not found.\r\n".to_owned(),
                    Some(place) if how.starts_with("-s") => self.show(place),
                    Some(place) => {
                        self.channels.remove(place);
                        "The channel was successfully closed.\r\n".to_owned()
                    }
                }
            }
            ["id"] => {
                let (hours, minutes, seconds) =
                    (facts.up / 3600, facts.up / 60 % 60, facts.up % 60);
                format!(
                    "            Computer Name: {}\r\n            Computer GUID: 2bc31f39-2705-11e8-9101-509a4c7c4926\r\n\
                     \u{20}          Software Version: {}\r\n             Build Number: {}\r\n  Time since last reboot: {hours}:{minutes:02}:{seconds:02}\r\n",
                    facts.name, facts.build, facts.build
                )
            }
            ["s"] => format!("{}\r\n", facts.clock),
            ["restart"] => return (String::new(), Some(Wish::Restart)),
            ["crashdump"] => return (String::new(), Some(Wish::Crash)),
            ["lock"] => {
                self.channels.clear();
                String::new()
            }
            _ => "Unknown command.  Use the \"?\" command for general help.\r\n".to_owned(),
        };
        (text, None)
    }

    fn typed(&mut self, place: usize, letter: char) -> (String, Option<Wish>) {
        let Some(channel) = self.channels.get_mut(place) else { return (String::new(), None) };
        if let Stage::Shell(_, typist) = &mut channel.stage
            && typist.reads_keys()
        {
            return (String::new(), keyed(channel, place, letter));
        }
        if !matches!(letter, '\r' | '\n' | '\u{3}') {
            channel.type_one(letter);
            return (String::new(), None);
        }
        let line = std::mem::take(&mut channel.typed);
        channel.write("\r\n");
        if letter == '\u{3}' {
            if let Stage::Shell(_, typist) = &channel.stage {
                let prompt = typist.prompt().unwrap_or_default();
                channel.write(&prompt);
            }
            return (String::new(), None);
        }
        let wish = match std::mem::replace(&mut channel.stage, Stage::User) {
            Stage::Fresh | Stage::User => {
                channel.write("Domain  : ");
                channel.stage = Stage::Domain(line);
                None
            }
            Stage::Domain(user) => {
                channel.write("Password: ");
                channel.stage = Stage::Password(user, line);
                None
            }
            Stage::Password(user, domain) => Some(Wish::Admit(place, user, domain, line)),
            Stage::Shell(user, typist) => {
                channel.stage = Stage::Shell(user, typist);
                Some(Wish::Run(place, line))
            }
        };
        (String::new(), wish)
    }
}

/// Gives a key to the program that reads keys in a channel.
fn keyed(channel: &mut Channel, place: usize, letter: char) -> Option<Wish> {
    let Stage::Shell(_, typist) = &mut channel.stage else { return None };
    // It is ended from the keyboard as any program is.
    let strokes = if letter == '\u{3}' { vec![Stroke::Ends] } else { typist.stroke(letter) };
    let mut wish = None;
    for stroke in strokes {
        match stroke {
            Stroke::Taken => {}
            Stroke::Shows(text) => channel.write(&text),
            Stroke::Runs(line) => wish = Some(Wish::Run(place, line)),
            Stroke::Ends => {
                let Stage::Shell(_, typist) = &mut channel.stage else { return None };
                typist.leave_keys();
                let prompt = typist.prompt().unwrap_or_default();
                channel.write(&prompt);
            }
        }
    }
    wish
}
