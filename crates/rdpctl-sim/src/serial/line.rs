//! One session on a machine's line.

use std::io;
use std::sync::PoisonError;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::board::Console;
use super::channel::Stage;
use super::sac::{Facts, Sac, Wish};
use crate::guest::{Command, ConsoleFace, Ctx, HUNG, Interrupted, SerialFault, Typist, User};
use crate::shared::Shared;
use crate::world::VmIndex;

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Somebody else took the line, or the simulator stops.
    Taken,
    /// Whoever had it left.
    Left,
}

/// A line as bytes both ways.
pub(crate) trait Wire {
    /// Sends bytes to whoever sits there.
    async fn send(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// What he typed; none when he left. What is broken off loses nothing.
    async fn receive(&mut self) -> io::Result<Vec<u8>>;
}

/// What the console does to what goes over its line.
#[derive(Default)]
struct Weather {
    up: u64,
    down: u64,
}

/// Serves a line until somebody else takes it, or its user leaves.
pub(crate) async fn serve(
    wire: &mut impl Wire,
    vm: VmIndex,
    shared: &Shared,
    stop: &CancellationToken,
) -> Ended {
    let console = shared.lock().consoles.take(vm);
    let mut weather = Weather::default();
    loop {
        let received = tokio::select! {
            received = wire.receive() => received,
            () = console.session.cancelled() => return Ended::Taken,
            () = stop.cancelled() => return Ended::Taken,
        };
        let bytes = match received {
            Ok(bytes) if !bytes.is_empty() => bytes,
            // Nothing closes a channel but its own end.
            Ok(_) | Err(_) => {
                console.session.cancel();
                return Ended::Left;
            }
        };
        shared.lock().consoles.note(vm, |traffic| traffic.up += bytes.len() as u64);
        let Some(face) = face(vm, shared) else { continue };
        let typed = weather.towards(&bytes, face.fault);
        let at_once = if face.fault == SerialFault::Piecemeal { 1 } else { typed.len().max(1) };
        for piece in typed.chunks(at_once) {
            for (text, wait) in answers(&console, piece, vm, &face, shared) {
                tokio::select! {
                    () = tokio::time::sleep(wait + Duration::from_millis(face.latency)) => {}
                    () = console.session.cancelled() => return Ended::Taken,
                    () = stop.cancelled() => return Ended::Taken,
                }
                let sent = weather.back(&text, face.fault);
                shared.lock().consoles.note(vm, |traffic| traffic.down += sent.len() as u64);
                if wire.send(&sent).await.is_err() {
                    console.session.cancel();
                    return Ended::Left;
                }
            }
        }
    }
}

fn face(vm: VmIndex, shared: &Shared) -> Option<ConsoleFace> {
    let mut core = shared.lock();
    core.estate.advance();
    core.estate.with_guest(vm, |guest, _| guest.console_face())
}

/// What the console answers to what was typed, each after some time.
fn answers(
    console: &Console,
    typed: &[u8],
    vm: VmIndex,
    face: &ConsoleFace,
    shared: &Shared,
) -> Vec<(String, Duration)> {
    let mut sac = console.sac.lock().unwrap_or_else(PoisonError::into_inner);
    sac.boot(face.booted);
    let facts = facts(vm, face, shared);
    let mut answers = Vec::new();
    let mut open = String::new();
    for letter in String::from_utf8_lossy(typed).chars() {
        let (text, wish) = sac.take(letter, &facts);
        open.push_str(&text);
        let Some(wish) = wish else { continue };
        open.push_str(&sac.news());
        answers.push((std::mem::take(&mut open), Duration::ZERO));
        let mut wait = Duration::ZERO;
        match wish {
            Wish::Run(place, line) => {
                let Some(channel) = sac.channel(place) else { continue };
                let Stage::Shell(user, typist) = &mut channel.stage else { continue };
                let (text, took) = run(vm, typist, user, &line, shared);
                wait = took;
                match typist.prompt() {
                    Some(prompt) => channel.write(&format!("{text}{prompt}")),
                    None => open.push_str(&sac.end(place)),
                }
            }
            Wish::Admit(place, user, domain, password) => {
                let Some(channel) = sac.channel(place) else { continue };
                if admits(face, &user, &domain, &password) {
                    let typist = start(vm, &user, shared);
                    let prompt = typist.prompt().unwrap_or_default();
                    channel.write(&format!(
                        "\u{c}Microsoft Windows [Version 10.0.{}]\r\n(c) Microsoft Corporation. All rights reserved.\r\n{prompt}",
                        face.build
                    ));
                    channel.stage = Stage::Shell(user, typist);
                    shared.lock().consoles.note(vm, |traffic| traffic.log_ons += 1);
                } else {
                    channel.write("The user name or password is incorrect.\r\n\r\nUsername: ");
                    channel.stage = Stage::User;
                    shared.lock().consoles.note(vm, |traffic| traffic.refused += 1);
                }
            }
            Wish::Restart | Wish::Crash => {
                shared.lock().consoles.note(vm, |traffic| traffic.restarts += 1);
                restart(vm, shared);
                if let Some(face) = self::face(vm, shared) {
                    sac.boot(face.booted);
                    open.push_str(Sac::begun());
                }
            }
        }
        open.push_str(&sac.news());
        answers.push((std::mem::take(&mut open), wait));
    }
    open.push_str(&sac.news());
    answers.push((open, Duration::ZERO));
    let channels = sac.channels();
    shared.lock().consoles.note(vm, |traffic| traffic.channels = channels);
    answers.retain(|(text, wait)| !text.is_empty() || !wait.is_zero());
    answers
}

fn facts(vm: VmIndex, face: &ConsoleFace, shared: &Shared) -> Facts {
    let mut core = shared.lock();
    let now = core.estate.with_guest(vm, |_, now| now);
    let clock = i64::try_from(now)
        .ok()
        .and_then(|now| jiff::Timestamp::from_millisecond(now).ok())
        .map(|now| now.strftime("Date: %m/%d/%Y  Time (GMT): %H:%M:%S:0000").to_string());
    Facts {
        name: face.name.clone(),
        build: face.build,
        up: now.saturating_sub(face.booted) / 1000,
        clock: clock.unwrap_or_default(),
        commands: face.commands,
        overloaded: face.fault == SerialFault::Overloaded,
    }
}

fn admits(face: &ConsoleFace, user: &str, domain: &str, password: &str) -> bool {
    let here = domain.is_empty() || domain == "." || domain.eq_ignore_ascii_case(&face.name);
    let known = face.users.iter().find(|(name, _)| name.eq_ignore_ascii_case(user));
    here && known.is_some_and(|(_, known)| known.reveal() == password)
}

fn start(vm: VmIndex, user: &str, shared: &Shared) -> Typist {
    let mut core = shared.lock();
    core.estate.with_guest(vm, |guest, now| {
        guest.wake_console();
        let ctx = Ctx { user: User::Named(user.to_owned()), ..Ctx::system(now) };
        Typist::start(guest, &ctx)
    })
}

/// Runs a line in a guest; gives what it shows, and how long that takes.
fn run(
    vm: VmIndex,
    typist: &mut Typist,
    user: &str,
    line: &str,
    shared: &Shared,
) -> (String, Duration) {
    let mut core = shared.lock();
    core.estate.advance();
    let circumstances = |now| Ctx { user: User::Named(user.to_owned()), ..Ctx::system(now) };
    let entered = core.estate.type_in(vm, typist, line, circumstances);
    let clock = &core.estate.clock;
    let took = if entered.took >= HUNG {
        Duration::from_hours(1)
    } else {
        clock.real_until(clock.end_of(clock.now(), entered.took))
    };
    if let Err(error) = core.record() {
        tracing::error!(%error, "what was done to the simulated world is not kept");
    }
    (entered.text, took)
}

/// What a hypervisor does to a machine from outside: an interrupt that cannot be masked, or its button.
pub(super) fn interrupt(vm: VmIndex, which: Interrupt, shared: &Shared) {
    if which == Interrupt::Reset {
        return restart(vm, shared);
    }
    let came_to = {
        let mut core = shared.lock();
        core.consoles.note(vm, |traffic| traffic.interrupts += 1);
        core.estate.advance();
        core.estate.with_guest(vm, |guest, _| guest.interrupt())
    };
    match came_to {
        Interrupted::StartsAnew => restart(vm, shared),
        Interrupted::Ignored | Interrupted::Stops => {}
    }
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interrupt {
    NonMaskable,
    Reset,
}

fn restart(vm: VmIndex, shared: &Shared) {
    let mut core = shared.lock();
    core.estate.advance();
    let command = Command::Line("shutdown /r /t 0 /f".to_owned());
    core.estate.run_as(vm, &command, Ctx::system);
    if let Err(error) = core.record() {
        tracing::error!(%error, "what was done to the simulated world is not kept");
    }
}

impl Weather {
    /// What arrives of what was typed.
    fn towards(&mut self, bytes: &[u8], fault: SerialFault) -> Vec<u8> {
        let mut arrived = Vec::with_capacity(bytes.len());
        for byte in bytes {
            self.up += 1;
            let lost = fault == SerialFault::Lossy && self.up.is_multiple_of(2_003);
            if !lost {
                arrived.push(*byte);
            }
        }
        arrived
    }

    /// What arrives of what is shown.
    fn back(&mut self, text: &str, fault: SerialFault) -> Vec<u8> {
        let mut arrived = Vec::with_capacity(text.len());
        if fault == SerialFault::Noisy {
            arrived.extend_from_slice(
                b"<BP>\r\n<INSTANCE CLASSNAME=\"BLUESCREEN\"/>\r\n</BP>\x1b]0;title\x07\x1b[7m\x1b[0m<machine-info>\r\n@E00000000 1 0</machine-info>",
            );
        }
        for byte in text.bytes() {
            self.down += 1;
            let lost = fault == SerialFault::Lossy && self.down.is_multiple_of(3_001);
            if !lost {
                arrived.push(byte);
            }
        }
        arrived
    }
}
