//! The whole machine at work: the observation of specs/guest.md 9.1, and repairs.

mod observation;
mod tools;
mod upkeep;
mod worlds;

use super::{Command, Ctx, Guest, GuestSpec, Output, Template};

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

/// Runs a command file as SYSTEM in UTF-8.
pub(super) fn file(guest: &mut Guest, text: &str) -> Output {
    let ctx = Ctx::system(NOW).with_code_page(65001);
    guest.run(&Command::File(text.to_owned()), &ctx)
}

/// What a body prints, and its exit code.
pub(super) fn said(guest: &mut Guest, text: &str) -> (String, i32) {
    let output = body(guest, text);
    (String::from_utf8(output.stdout).unwrap(), output.exit)
}
