//! Consoles that lie, flood, fall silent or hang up: what is said of them, and that it takes bounded time and memory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_guest::script::Script;
use rdpctl_model::declaration::GuestAccess;
use rdpctl_model::secret::{Secret, SecretRef};
use rdpctl_model::{InstanceName, ResourceId};
use rdpctl_words::english;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio_util::sync::CancellationToken;

use super::{Lines, Serial, Stream, Wire};
use crate::channel::dialect::{Carrier as _, Load, RawReply};
use crate::secret::Vault;

/// What a console does when a line that asks for a mark is entered, by the mark's number.
#[derive(Clone, Copy)]
enum Act {
    /// It answers with that behind the mark.
    Says(&'static str),
    /// It answers with a mark of another number.
    Lies,
    /// It hangs up.
    HangsUp,
}

/// What waits at the end of the line.
#[derive(Clone, Copy)]
enum Peer {
    /// Nothing.
    Silence,
    /// Letters without end.
    Flood,
    /// Sequences and marks without a console.
    Noise,
    /// A console that refuses the password.
    Refuses,
    /// A console that is slow to show the first letter of an account, and hangs up on whoever got in.
    Slow,
    /// A console of a machine that now and then has no time for what is typed, and then does so.
    Busy(fn(u32) -> Act),
    /// A console that lets in and then does so.
    Console(fn(u32) -> Act),
}

struct One(Peer);

#[async_trait]
impl Lines for One {
    async fn open(&self, _: &GuestTarget) -> Result<Box<dyn Wire>, ChannelError> {
        let (ours, theirs) = duplex(64 * 1024);
        tokio::spawn(play(self.0, theirs));
        Ok(Box::new(Stream(ours)))
    }
}

async fn play(peer: Peer, mut line: DuplexStream) {
    match peer {
        Peer::Silence => {
            let mut chunk = [0; 1024];
            while line.read(&mut chunk).await.is_ok_and(|count| count > 0) {}
        }
        Peer::Flood => while line.write_all(&[b'A'; 4096]).await.is_ok() {},
        Peer::Noise => {
            let noise =
                b"\x1b[999;999H@E00000000 1 0\r\n<BP>\x1b]0;x\x07C:\\>\r\nSAC>x\x1b[2J\xff\xfe";
            for _ in 0..200 {
                if line.write_all(noise).await.is_err() {
                    return;
                }
            }
            play_on(&mut line).await;
        }
        Peer::Refuses => console(&mut line, None, (Duration::ZERO, Duration::ZERO)).await,
        Peer::Slow => {
            let slow = (Duration::from_secs(7), Duration::ZERO);
            console(&mut line, Some(|_| Act::HangsUp), slow).await;
        }
        Peer::Busy(act) => {
            console(&mut line, Some(act), (Duration::ZERO, Duration::from_secs(12))).await;
        }
        Peer::Console(act) => {
            console(&mut line, Some(act), (Duration::ZERO, Duration::ZERO)).await;
        }
    }
}

async fn play_on(line: &mut DuplexStream) {
    let mut chunk = [0; 1024];
    while line.read(&mut chunk).await.is_ok_and(|count| count > 0) {}
}

pub(super) const PROMPT: &str = "\r\nC:\\Windows\\system32>";

pub(super) const PAGE: &str = "\x1b[2J\x1b[1;1HName:                  Cmd0007\r\n\
    Channel GUID:          2bc31f39-2705-11e8-9101-509a4c7c4926\r\n\
    Application Type GUID: 63d02271-8aa4-11d5-bccf-00b0d014a2d0\r\n\r\n";

/// A console that echoes, and answers each entered line by where it stands in the dialogue.
async fn console(
    line: &mut DuplexStream,
    act: Option<fn(u32) -> Act>,
    (slow, busy): (Duration, Duration),
) {
    let mut typed = String::new();
    let mut entered_so_far = 0_u32;
    let mut said = Vec::new();
    let mut questions = 0;
    loop {
        let Ok(byte) = line.read_u8().await else { return };
        if byte == 3 {
            typed.clear();
            if line.write_all(PROMPT.as_bytes()).await.is_err() {
                return;
            }
            continue;
        }
        if byte != b'\r' {
            let echo = if questions == 4 { b'*' } else { byte };
            if questions == 2 && typed.is_empty() {
                tokio::time::sleep(slow).await;
            }
            // Between two pieces of every third line.
            if questions > 4 && entered_so_far.is_multiple_of(3) && typed.len() == 32 {
                tokio::time::sleep(busy).await;
            }
            typed.push(char::from(byte));
            if line.write_u8(echo).await.is_err() {
                return;
            }
            continue;
        }
        let entered = std::mem::take(&mut typed);
        entered_so_far += 1;
        let answer = if let Some((_, mark)) = entered.split_once("@^E") {
            let (nonce, rest) = mark.split_once(' ').unwrap_or_default();
            let number: u32 = rest.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
            let inside = format!("2 C:\\Windows\\rdpctl\\s{nonce}");
            match act.map(|act| act(number)) {
                Some(Act::Says("inside")) => format!("\r\n@E{nonce} {number} {inside}\r\n"),
                Some(Act::Says(what)) => format!("\r\n@E{nonce} {number} {what}\r\n"),
                Some(Act::Lies) => format!("\r\n@E{nonce} {} 0\r\n", number + 1),
                Some(Act::HangsUp) | None => return,
            }
        } else if entered.contains("powershell.exe") {
            // It is not there.
            PROMPT.to_owned()
        } else if entered == "cmd" {
            "\r\nChannel: Cmd0007\r\nSAC>".to_owned()
        } else if entered == "cls" {
            "\x1b[2J\x1b[1;1H".to_owned()
        } else if entered.starts_with("ch -sn") {
            questions = 1;
            PAGE.to_owned()
        } else {
            match questions {
                0 => "\r\nSAC>".to_owned(),
                // Whatever was entered is an answer: a log-on gives nothing up.
                4 if act.is_none() || said[1] != "Administrator" || entered != "pw" => {
                    said.truncate(1);
                    questions = 2;
                    "\r\nUsername: ".to_owned()
                }
                1..=4 => {
                    questions += 1;
                    said.push(entered);
                    [
                        "\r\nUsername: ",
                        "\r\nDomain  : ",
                        "\r\nPassword: ",
                        "\r\nC:\\Windows\\system32>",
                    ][questions - 2]
                        .to_owned()
                }
                _ => "\r\n".to_owned(),
            }
        };
        if line.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

pub(super) fn target() -> GuestTarget {
    let password: SecretRef = "env:PW".parse().unwrap_or(SecretRef::Env(String::new()));
    let access = GuestAccess {
        user: Some("Administrator".to_owned()),
        password: Some(password),
        ..GuestAccess::default()
    };
    GuestTarget {
        instance: InstanceName::new("till"),
        id: ResourceId::new("10.0.0.5"),
        host: None,
        access: Arc::new(access),
    }
}

async fn carried(peer: Peer) -> Result<RawReply, ChannelError> {
    carry(One(peer), "@echo off\r\n").await
}

/// What comes of a file over a line.
pub(super) async fn carry(
    lines: impl Lines + 'static,
    file: &str,
) -> Result<RawReply, ChannelError> {
    let target = target();
    let secrets = target.access.password.iter().map(|one| (one.clone(), Secret::new("pw".into())));
    let serial = Serial::new(lines, Vault::Given(Arc::new(secrets.collect())));
    let load = Load {
        targets: vec![target],
        script: Arc::new(Script::File(file.to_owned())),
        within: Duration::from_secs(20),
    };
    let replies = serial.carry(vec![load], &CancellationToken::new()).await;
    replies.into_iter().flatten().next().unwrap_or(Err(ChannelError::Stopped))
}

#[tokio::test(start_paused = true)]
async fn whatever_answers_before_the_script_is_entered_nothing_was_executed() {
    let cases: [(&str, Peer, &str); 7] = [
        ("silence", Peer::Silence, "no console answers"),
        ("a flood", Peer::Flood, "the line floods"),
        ("noise", Peer::Noise, "no console answers"),
        ("a refusal", Peer::Refuses, "wrong user name or password"),
        ("an echo that comes late", Peer::Slow, "closed on the other side"),
        ("a faked mark", Peer::Console(|_| Act::Lies), "no end of the first command in time"),
        ("a hang-up", Peer::Console(|_| Act::HangsUp), "closed on the other side"),
    ];
    for (name, peer, said) in cases {
        let error = carried(peer).await.err();
        let told = error.as_ref().map(|error| english(&error.said())).unwrap_or_default();
        assert!(told.contains(said), "{name}: {told}");
        assert!(error.is_some_and(|error| error.executed_nothing()), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn once_the_script_is_entered_a_line_that_breaks_leaves_its_outcome_unknown() {
    const RUN: u32 = 4;
    fn before(number: u32) -> Act {
        match number {
            2 => Act::Says("inside"),
            RUN => Act::HangsUp,
            _ => Act::Says("0"),
        }
    }
    fn silent(number: u32) -> Act {
        if number == RUN { Act::Lies } else { before(number) }
    }
    for act in [before as fn(u32) -> Act, silent] {
        // A machine without time is no line that loses characters.
        for peer in [Peer::Console(act), Peer::Busy(act)] {
            let error = carried(peer).await.err();
            assert!(matches!(error, Some(ChannelError::OutcomeUnknown { .. })), "{error:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_output_that_is_not_what_was_announced_is_damaged() {
    fn act(number: u32) -> Act {
        match number {
            2 => Act::Says("inside"),
            5 => Act::Says("2 cab 00"),
            _ => Act::Says("0"),
        }
    }
    let error = carried(Peer::Console(act)).await.err();
    assert!(matches!(error, Some(ChannelError::Damaged { .. })), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_others_may_write_to_is_not_used() {
    fn act(number: u32) -> Act {
        match number {
            2 => Act::Says("3 C:\\Windows\\rdpctl\\s00000000"),
            _ => Act::Says("0"),
        }
    }
    let error = carried(Peer::Console(act)).await.err();
    assert!(error.is_some_and(|error| error.executed_nothing()), "refused before anything ran");
}
