//! Serves simulated hosts over `WinRM` until its standard input ends, for clients that are not ours.
//!
//! `winrm-host [HOSTS [ports]]` prints one JSON object a line: where each kind of host listens and the authority's
//! certificate; for every later line on standard input, what the hosts have counted. A fleet of HOSTS hosts has one
//! port and many addresses, as real hosts are found, or with `ports` one address and many ports.

use std::io::{BufRead, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use rdpctl_sim::winrm::{
    Accepts, Authority, Binding, Call, Endpoint, Host, Machine, Ran, Server, Validity,
};
use serde_json::json;

const USER: &str = "Administrator";
const PASSWORD: &str = "Rdpctl-Sim-1!";

/// A machine whose few commands are easy to foresee.
struct Plain;

impl Machine for Plain {
    fn run(&self, call: &Call<'_>) -> Ran {
        let (command, rest) = call.line.split_once(' ').unwrap_or((call.line, ""));
        let number = rest.trim().parse::<usize>().unwrap_or(0);
        match command {
            "echo" => Ran { stdout: format!("{rest}\r\n").into_bytes(), ..Ran::default() },
            "more" => Ran { stdout: call.stdin.to_vec(), ..Ran::default() },
            // As long as a whole observation's answer.
            "cmd" => Ran { stdout: b"0123456789ABCDEF".repeat(18 * 1024 / 16), ..Ran::default() },
            "print" => {
                Ran { stdout: b"0123456789ABCDEF".repeat(number.div_ceil(16)), ..Ran::default() }
            }
            "exit" => Ran { exit: i32::try_from(number).unwrap_or(-1), ..Ran::default() },
            "wait" => {
                let took = Duration::from_secs(u64::try_from(number).unwrap_or(0));
                Ran { stdout: b"awake\r\n".to_vec(), took, ..Ran::default() }
            }
            "whoami" => Ran { stdout: format!("{}\r\n", call.user).into_bytes(), ..Ran::default() },
            "chcp" => {
                Ran { stdout: format!("{:?}\r\n", call.code_page).into_bytes(), ..Ran::default() }
            }
            unknown => Ran {
                stderr: format!(
                    "'{unknown}' is not recognized as an internal or external command.\r\n"
                )
                .into_bytes(),
                exit: 1,
                ..Ran::default()
            },
        }
    }

    fn password(&self, user: &str) -> Option<String> {
        user.eq_ignore_ascii_case(USER).then(|| PASSWORD.to_owned())
    }

    fn reads_stdin(&self, line: &str) -> bool {
        line.starts_with("more")
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hosts: u32 = std::env::args().nth(1).map_or(Ok(0), |count| count.parse())?;
    let machine: Arc<dyn Machine> = Arc::new(Plain);
    let server = Server::new();
    let authority = Authority::new()?;
    let names = ["localhost", "127.0.0.1"];
    let strict = authority.issue(&names, Validity::Good, Binding::Strict)?;
    let expired = authority.issue(&names, Validity::Expired, Binding::Relaxed)?;

    let stock = server.open(Endpoint::stock("STOCK"), Arc::clone(&machine)).await?;
    let https = server.open(Endpoint::https("SECURE", strict), Arc::clone(&machine)).await?;
    let stale = server.open(Endpoint::https("STALE", expired), Arc::clone(&machine)).await?;
    let open = Endpoint {
        accepts: Accepts { basic: true, clear_text: true, ..Accepts::default() },
        ..Endpoint::stock("OPEN")
    };
    let open = server.open(open, Arc::clone(&machine)).await?;

    let many_ports = std::env::args().nth(2).is_some_and(|what| what == "ports");
    let mut fleet = Vec::new();
    let mut port = 0;
    for number in 0..hosts {
        let stock = Endpoint::stock(&format!("GUEST-{number}"));
        let address = IpAddr::V4(Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 77, 0, 1)) + number));
        let endpoint = if many_ports { stock } else { Endpoint { address, port, ..stock } };
        let host = server.open(endpoint, Arc::clone(&machine)).await?;
        port = host.address().port();
        fleet.push(host);
    }
    let ready = json!({
        "stock": stock.url(), "https": https.url(), "expired": stale.url(), "clear_text": open.url(),
        "user": USER, "password": PASSWORD, "ca": authority.pem(),
        "fleet": fleet.iter().map(Host::url).collect::<Vec<_>>(),
    });
    say(&ready)?;
    for line in std::io::stdin().lock().lines() {
        line?;
        let counted = stock.counters();
        let refused: u64 = fleet.iter().map(|host| host.counters().refused_log_ons).sum();
        say(&json!({
            "requests": counted.requests, "log_ons": counted.log_ons, "refused_log_ons": counted.refused_log_ons,
            "clear_text_bodies": counted.clear_text_bodies, "creates": counted.creates, "deletes": counted.deletes,
            "open_shells": counted.open_shells, "fleet_refused": refused,
            "fleet_requests": fleet.iter().map(|host| host.counters().requests).sum::<u64>(),
            "fleet_open_shells": fleet.iter().map(|host| host.counters().open_shells).sum::<usize>(),
        }))?;
    }
    Ok(())
}

fn say(value: &serde_json::Value) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    out.flush()
}
