//! The whole machine at work: the observation of specs/guest.md 9.1, and repairs.

mod keys;
mod logon;
mod observation;
mod tools;
mod upkeep;
mod worlds;
mod wsman;

use super::{Command, Ctx, Guest, GuestSpec, NotListening, Output, RdpFace, RdpListener, Template};

/// 2026-05-02 03:11:22 UTC.
pub(super) const NOW: u64 = 1_777_691_482_000;

/// A machine of a described world, switched on.
pub(super) fn guest(world: &str) -> Guest {
    let spec: GuestSpec = toml::from_str(world).unwrap();
    let mut guest = Guest::new(
        Template::build(&spec, 7).unwrap(),
        "web-01",
        "c5d2b969-b61a-4159-8f78-6391a1c805db",
    );
    guest.on_power_on(NOW - 3_600_000);
    guest
}

/// Runs a line as SYSTEM in UTF-8.
pub(super) fn line(guest: &mut Guest, line: &str) -> Output {
    let ctx = Ctx::system(NOW).with_code_page(65001);
    guest.run(&Command::Line(line.to_owned()), &ctx)
}

/// Runs a body through the interpreter, as the channels do.
pub(super) fn body(guest: &mut Guest, text: &str) -> Output {
    line(guest, &format!("cmd /v:on /d /q /s /c \"{text}\""))
}

/// Runs a command file as SYSTEM in UTF-8, from Windows' own folder: the tables are of the tools, not of the way to them.
pub(super) fn file(guest: &mut Guest, text: &str) -> Output {
    let ctx = Ctx::system(NOW).with_code_page(65001);
    guest.run(&Command::File(format!("@cd /d %SystemRoot%\\system32\r\n{text}")), &ctx)
}

/// What a body prints, and its exit code.
pub(super) fn said(guest: &mut Guest, text: &str) -> (String, i32) {
    let output = body(guest, text);
    (String::from_utf8(output.stdout).unwrap(), output.exit)
}

const RESTART: &str = "net stop UmRdpService /y & net stop TermService /y & sc start TermService & ping -n 3 127.0.0.1";

/// The listener, which has to be there.
pub(super) fn listener(guest: &Guest) -> RdpListener {
    let RdpFace::Listening(listener) = guest.rdp_face(NOW) else { panic!("it does not listen") };
    listener
}

/// Why nothing listens.
pub(super) fn silent(guest: &Guest) -> NotListening {
    let RdpFace::NotListening(reason) = guest.rdp_face(NOW) else { panic!("it listens") };
    reason
}

/// Runs a body and insists on its exit code.
#[track_caller]
pub(super) fn must(guest: &mut Guest, text: &str, code: i32) {
    let output = body(guest, text);
    let both = [output.stdout, output.stderr].concat();
    assert_eq!(output.exit, code, "{text}\n{}", String::from_utf8_lossy(&both));
}

/// The restart of the Remote Desktop services.
pub(super) fn restart(guest: &mut Guest) {
    must(guest, RESTART, 0);
}

/// A restart of the machine, asked for by itself.
pub(super) fn reboot(guest: &mut Guest) {
    must(guest, "shutdown /r /t 5 /f /d p:2:4", 0);
    let at = guest.reboot_requested().unwrap();
    guest.on_power_off(at);
    assert_eq!(silent(guest), NotListening::Off);
    guest.on_power_on(at + 60_000);
}
