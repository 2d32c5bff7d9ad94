//! A simulated guest on standard input: one command line in, its output and exit code out.
//!
//! Each line runs through `cmd /c`; the answer ends with a line `#exit CODE`. A line that begins
//! with `#world ` names a world's guest table (a TOML file) for the lines that follow it.

use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use rdpctl_sim::guest::{Command, Ctx, Guest, GuestSpec, Template};

/// 2026-05-02 03:11:22 UTC.
const NOW: u64 = 1_777_691_482_000;

fn build(text: &str) -> Result<Guest, String> {
    let spec: GuestSpec = toml::from_str(text).map_err(|error| error.to_string())?;
    let template = Template::build(&spec, 1).map_err(|error| error.to_string())?;
    let mut guest = Guest::new(Arc::clone(&template), "", "");
    guest.on_power_on(NOW - 3_600_000);
    Ok(guest)
}

fn serve() -> Result<(), String> {
    let mut guest = build("")?;
    let mut now = NOW;
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        if let Some(path) = line.strip_prefix("#world ") {
            let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
            guest = build(&text)?;
            continue;
        }
        let ctx = Ctx::system(now).with_code_page(65001);
        let command = Command::Line(format!("cmd /d /q /s /c \"{line}\""));
        let output = guest.run(&command, &ctx);
        now += u64::try_from(output.took.as_millis()).unwrap_or(0);
        for bytes in
            [&output.stdout[..], &output.stderr, format!("#exit {}\r\n", output.exit).as_bytes()]
        {
            out.write_all(bytes).map_err(|error| error.to_string())?;
        }
        out.flush().map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "guest-shell: {error}");
            ExitCode::FAILURE
        }
    }
}
