//! What the observation of one guest costs: the bytes that are sent, the bytes that come back, and the guest's own time by
//! the simulator's clock, with and without the questions that are asked only where they matter.
//!
//! usage: cargo run --ignore-rust-version -p rdpctl-providers --example observation-cost

use std::collections::BTreeSet;
use std::error::Error;

use rdpctl_guest::frame::Nonce;
use rdpctl_guest::observe::Observation;
use rdpctl_guest::script::{Form, Script};
use rdpctl_model::guest::Closely;
use rdpctl_sim::guest::{Command, Ctx, Guest, GuestSpec, Template};

/// 2026-05-02 03:11:22 UTC.
const NOW: u64 = 1_777_691_482_000;

#[expect(clippy::print_stdout, reason = "what was measured is its result")]
fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "| world | questions | form | sent | comes back | guest's time |\n|---|---|---|---|---|---|"
    );
    for (named, world) in [
        ("healthy 2022", "os = '2022'"),
        ("400 rules of applications", "os = '2022'\nfirewall = { applications = 400 }"),
    ] {
        for (asked, more) in [("the observation", false), ("with all that is asked closely", true)]
        {
            for (form, name) in
                [(Form::Lines, "one line"), (Form::Packed { reply: 24_576 }, "packed, first reply")]
            {
                let ports = BTreeSet::from([3389]);
                let observation = Observation::new(Nonce::from_number(1), &ports, None)?;
                let observation =
                    if more { observation.closely(&Closely::ALL.into()) } else { observation };
                let script = observation.batch().script(form)?;
                let (sent, back, took) = run(world, &script)?;
                println!("| {named} | {asked} | {name} | {sent} | {back} | {took} ms |");
            }
        }
    }
    Ok(())
}

fn run(world: &str, script: &Script) -> Result<(usize, usize, u128), Box<dyn Error>> {
    let spec: GuestSpec = toml::from_str(world)?;
    let template = Template::build(&spec, 7).map_err(|error| error.to_string())?;
    let mut guest = Guest::new(template, "web-01", "");
    guest.on_power_on(NOW - 3_600_000);
    let commands: Vec<Command> = match script {
        Script::Lines(lines) => {
            let line = |line: &String| Command::Line(line.replace("%SystemRoot%", r"C:\Windows"));
            lines.iter().map(line).collect()
        }
        Script::File(text) | Script::Registered(text) => vec![Command::File(text.clone())],
    };
    let sent = match script {
        Script::Lines(lines) => lines.iter().map(String::len).sum(),
        Script::File(text) | Script::Registered(text) => text.len(),
    };
    let (mut back, mut took) = (0, 0);
    for command in commands {
        let output = guest.run(&command, &Ctx::system(NOW));
        back += output.stdout.len();
        took += output.took.as_millis();
    }
    Ok((sent, back, took))
}
