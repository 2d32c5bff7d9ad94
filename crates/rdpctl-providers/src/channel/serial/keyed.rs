//! Consoles whose guests read keys: lines that are given unseen come there whole, once, or are typed instead.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::tests::{PAGE, PROMPT, carry};
use super::{Lines, Stream, Wire};

/// What is wrong with whoever reads keys there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Trick {
    /// Nothing.
    #[default]
    None,
    /// So many keys, and the next is lost.
    Loses(usize),
    /// It says that it has what it has not.
    Lies,
    /// It says of everything that it was asked for the first time.
    Stale,
    /// It never says anything, until it is interrupted.
    Silent,
    /// The key that would run the line with this mark gets lost.
    Forgets(u32),
}

/// What came there.
#[derive(Debug, Default)]
struct Seen {
    /// Lines that were given and run.
    given: Vec<String>,
    /// Lines that were typed and entered.
    typed: Vec<String>,
    /// What was sent there, and what was shown of it.
    up: usize,
    down: usize,
}

#[derive(Clone)]
struct One(Trick, Arc<Mutex<Seen>>);

#[async_trait]
impl Lines for One {
    async fn open(&self, _: &GuestTarget) -> Result<Box<dyn Wire>, ChannelError> {
        let (ours, theirs) = duplex(64 * 1024);
        let machine = Machine { trick: self.0, seen: Arc::clone(&self.1), ..Machine::default() };
        tokio::spawn(machine.serve(theirs));
        Ok(Box::new(Stream(ours)))
    }
}

/// A console, somebody logged on, and the script that reads keys.
#[derive(Default)]
struct Machine {
    trick: Trick,
    seen: Arc<Mutex<Seen>>,
    typed: String,
    questions: usize,
    /// The mark of the script, while it runs.
    reads: Option<String>,
    kept: String,
    open: String,
    asked: u32,
    keys: usize,
    forgot: bool,
}

impl Machine {
    async fn serve(mut self, mut line: DuplexStream) {
        while let Ok(byte) = line.read_u8().await {
            self.seen.lock().unwrap().up += 1;
            let letter = char::from(byte);
            let shown = if self.reads.is_some() { self.key(letter) } else { self.letter(letter) };
            let Some(shown) = shown else { return };
            self.seen.lock().unwrap().down += shown.len();
            if line.write_all(shown.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    /// What a key shows; none where the line breaks.
    fn key(&mut self, key: char) -> Option<String> {
        let mark = self.reads.clone()?;
        self.keys += 1;
        if let Trick::Loses(every) = self.trick
            && self.keys.is_multiple_of(every)
        {
            return Some(String::new());
        }
        match key {
            '~' => {}
            '[' => self.open.clear(),
            ']' => self.kept.push_str(&std::mem::take(&mut self.open)),
            '{' => return Some("\x1b[2J\x1b[1;1H".to_owned()),
            '\u{3}' | '$' => {
                if self.trick != Trick::Silent || key == '\u{3}' {
                    self.reads = None;
                    return Some(PROMPT.to_owned());
                }
            }
            '|' => return Some(self.answer(&mark)),
            '}' => {
                let line = format!("{}{}", self.kept, self.open);
                if self.trick == Trick::Forgets(number_of(&line)) && !self.forgot {
                    self.forgot = true;
                    return Some(String::new());
                }
                (self.kept, self.open) = (String::new(), String::new());
                if !line.is_empty() {
                    let answer = shown(&line);
                    self.seen.lock().unwrap().given.push(line);
                    return answer;
                }
            }
            key => self.open.push(key),
        }
        Some(String::new())
    }

    fn answer(&mut self, mark: &str) -> String {
        let all = format!("{}{}", self.kept, self.open);
        let sum = all.bytes().fold(7_u64, |sum, byte| (sum * 31 + u64::from(byte)) & 0x3ff_ffff);
        self.asked += 1;
        match self.trick {
            Trick::Silent => String::new(),
            // The first is true, so that it is believed to be there.
            Trick::Lies if self.asked > 1 => {
                format!("@A{mark} {} {} {}\r\n", self.asked, sum ^ 1, all.len())
            }
            Trick::Stale => format!("@A{mark} 1 {sum} {}\r\n", all.len()),
            Trick::None | Trick::Loses(_) | Trick::Lies | Trick::Forgets(_) => {
                format!("@A{mark} {} {sum} {}\r\n", self.asked, all.len())
            }
        }
    }

    fn letter(&mut self, letter: char) -> Option<String> {
        if letter == '\u{3}' {
            self.typed.clear();
            return Some(PROMPT.to_owned());
        }
        if letter != '\r' {
            self.typed.push(letter);
            return Some(if self.questions == 4 { '*' } else { letter }.to_string());
        }
        let entered = std::mem::take(&mut self.typed);
        self.seen.lock().unwrap().typed.push(entered.clone());
        if let Some((_, rest)) = entered.split_once("'A") {
            self.reads = rest.split(' ').next().map(str::to_owned);
            return Some("\r\n".to_owned());
        }
        if entered.contains("@^E") {
            let answer = shown(&entered)?;
            return Some(format!("\r\n{answer}"));
        }
        let questions = ["\r\nSAC>", "\r\nUsername: ", "\r\nDomain  : ", "\r\nPassword: ", PROMPT];
        Some(match entered.as_str() {
            "cmd" => "\r\nChannel: Cmd0007\r\nSAC>".to_owned(),
            "cls" => "\x1b[2J\x1b[1;1H".to_owned(),
            channel if channel.starts_with("ch -sn") => {
                self.questions = 1;
                PAGE.to_owned()
            }
            _ if self.questions == 0 => questions[0].to_owned(),
            _ if self.questions < 5 => {
                self.questions += 1;
                questions[self.questions - 1].to_owned()
            }
            _ => PROMPT.to_owned(),
        })
    }
}

/// What a line that was given or typed shows; none behind the script's own, where nothing more is played.
fn shown(line: &str) -> Option<String> {
    let number = number_of(line);
    let mark = line.split_once("@^E").map_or("", |(_, mark)| mark);
    let nonce = mark.split(' ').next().unwrap_or_default();
    if line.contains(".\\f.cmd >t") {
        return None;
    }
    Some(match number {
        0 => String::new(),
        _ if line.contains("!Q! !cd!") => {
            format!("@E{nonce} {number} 2 C:\\Windows\\rdpctl\\s{nonce}\r\n")
        }
        _ => format!("@E{nonce} {number} 0\r\n"),
    })
}

fn number_of(line: &str) -> u32 {
    let mark = line.split_once("@^E").map_or("", |(_, mark)| mark);
    mark.split(' ').nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// A file that fills several pieces and does not pack to nothing.
fn file() -> String {
    (0..600_u32).map(|n| format!("echo {}\r\n", n.wrapping_mul(2_654_435_761))).collect()
}

async fn played(trick: Trick) -> (Option<ChannelError>, Seen) {
    let one = One(trick, Arc::default());
    let error = carry(one.clone(), &file()).await.err();
    let seen = std::mem::take(&mut *one.1.lock().unwrap());
    (error, seen)
}

/// The file as it came there by those lines.
fn brought(lines: &[String]) -> Option<String> {
    let mut text = String::new();
    for line in lines {
        let Some((_, rest)) = line.split_once("u echo ") else { continue };
        text.push_str(&rest[..rest.find(['&', ' ']).unwrap_or(rest.len())]);
    }
    let cabinet = STANDARD.decode(text).ok()?;
    String::from_utf8(rdpctl_guest::pack::unpack(&cabinet).ok()?).ok()
}

fn runs(seen: &Seen) -> usize {
    seen.given.iter().chain(&seen.typed).filter(|line| line.contains(".\\f.cmd >t")).count()
}

#[tokio::test(start_paused = true)]
async fn what_is_given_unseen_comes_there_and_none_of_it_comes_back() {
    let (error, seen) = played(Trick::None).await;
    assert!(matches!(error, Some(ChannelError::OutcomeUnknown { .. })), "{error:?}");
    assert!(brought(&seen.given).is_some_and(|came| came.contains(&file())));
    assert_eq!(runs(&seen), 1);
    assert!(!seen.typed.iter().any(|line| line.contains("u echo")), "{:?}", seen.typed);
    assert!(seen.down * 2 < seen.up, "{} up, {} down", seen.up, seen.down);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_loses_keys_brings_what_was_given_all_the_same() {
    for every in [1_501, 331, 97] {
        let (error, seen) = played(Trick::Loses(every)).await;
        assert!(matches!(error, Some(ChannelError::OutcomeUnknown { .. })), "{every}: {error:?}");
        // Where too much is lost it is typed: either way the whole of it, and it runs once.
        let came = brought(&seen.given).or_else(|| brought(&seen.typed));
        assert!(came.is_some_and(|came| came.contains(&file())), "{every}");
        assert_eq!(runs(&seen), 1, "{every}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_says_what_is_not_so_or_nothing_is_given_nothing_and_typed_at() {
    for trick in [Trick::Lies, Trick::Stale, Trick::Silent] {
        let (error, seen) = played(trick).await;
        assert!(matches!(error, Some(ChannelError::OutcomeUnknown { .. })), "{trick:?}: {error:?}");
        assert!(seen.given.is_empty(), "{trick:?}: {:?}", seen.given);
        assert_eq!(runs(&seen), 1, "{trick:?}");
        assert!(brought(&seen.typed).is_some_and(|came| came.contains(&file())), "{trick:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_whose_last_key_got_lost_is_run_and_once() {
    // The piece, the unpacking and the script itself.
    for number in [3, 4, 5] {
        let (error, seen) = played(Trick::Forgets(number)).await;
        assert!(matches!(error, Some(ChannelError::OutcomeUnknown { .. })), "{number}: {error:?}");
        assert_eq!(
            seen.given.iter().filter(|line| number_of(line) == number).count(),
            1,
            "{number}"
        );
        assert_eq!(runs(&seen), 1, "{number}");
    }
}
