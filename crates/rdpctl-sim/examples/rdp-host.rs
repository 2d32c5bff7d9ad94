//! Simulated RDP ports for clients that are not ours: `rdp-host [COUNT]`.
//!
//! Without a count it shows one guest for each way in which a listener can be set or broken; with one, that many
//! healthy guests. It prints one JSON object, name by name the address and the certificate, serves until standard
//! input ends, and then prints another: what each guest wrote down of those who logged on.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use rdpctl_sim::guest::{
    Command, Ctx, Guest, GuestSpec, Known, NotRemote, RdpFace, Refusal, Template,
};
use rdpctl_sim::rdp::{Claim, Door, Doors, Outside, Proves};
use tokio_util::sync::CancellationToken;

/// Names, and what differs from a healthy guest. The prefix `filtered` stands for a cloud that lets nobody in.
const GUESTS: &[(&str, &str)] = &[
    ("healthy", ""),
    ("korean", "os = '2019'\nlanguage = 'ko'\nhostname = 'desk-07'"),
    ("nla-optional", "[registry.'RDP-TCP']\nUserAuthentication = 0"),
    ("negotiate", "[registry.'RDP-TCP']\nUserAuthentication = 0\nSecurityLayer = 1"),
    ("standard-only", "[registry.'RDP-TCP']\nUserAuthentication = 0\nSecurityLayer = 0"),
    ("contradictory", "[registry.'RDP-TCP']\nUserAuthentication = 1\nSecurityLayer = 0"),
    ("layer-out-of-set", "[registry.'RDP-TCP']\nSecurityLayer = 7"),
    (
        "tls-1.2-only",
        "os = '2019'\n[registry.'SCHANNEL\\TLS 1.0\\Server']\nEnabled = 0\n[registry.'SCHANNEL\\TLS 1.1\\Server']\nEnabled = 0",
    ),
    ("tls-old-only", "os = '2019'\n[registry.'SCHANNEL\\TLS 1.2\\Server']\nEnabled = 0"),
    (
        "tls-1.0-only",
        "os = '2019'\n[registry.'SCHANNEL\\TLS 1.2\\Server']\nEnabled = 0\n[registry.'SCHANNEL\\TLS 1.1\\Server']\nEnabled = 0",
    ),
    (
        "tls-all-off",
        "os = '2019'\n[registry.'SCHANNEL\\TLS 1.0\\Server']\nEnabled = 0\n[registry.'SCHANNEL\\TLS 1.1\\Server']\nEnabled = 0\n[registry.'SCHANNEL\\TLS 1.2\\Server']\nEnabled = 0",
    ),
    ("key-unreadable", "machine-keys = 'no-network-service'"),
    ("certificate-expired", "certificate = { days-left = -5 }"),
    ("port-taken", "[ports]\n3389 = { image = 'nginx.exe', service = 'nginx' }"),
    ("service-stopped", "[services]\nTermService = { state = 'stopped' }"),
    (
        "denied",
        "[registry.'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server']\nfDenyTSConnections = 1",
    ),
    ("accounts", ACCOUNTS),
    ("credssp-4", "credssp = 4\n[users]\nops = 'S3cret-of-ops'"),
    (
        "ntlm-refused",
        "[registry.'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0']\nRestrictReceivingNTLMTraffic = 2",
    ),
    (
        "only-updated",
        "[users]\nops = 'S3cret-of-ops'\n[registry.'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\CredSSP\\Parameters']\nAllowEncryptionOracle = 0",
    ),
    ("filtered", ""),
];

/// One account for each way in which one can be kept out; all have the same password.
const ACCOUNTS: &str = "
hostname = 'WEB-01'
lockout = { threshold = 3, window-minutes = 10, duration-minutes = 10 }
[users]
ops = { password = 'S3cret-of-ops' }
off = { password = 'S3cret-of-ops', state = 'disabled' }
ended = { password = 'S3cret-of-ops', state = 'expired' }
fresh = { password = 'S3cret-of-ops', state = 'must-change' }
old = { password = 'S3cret-of-ops', state = 'password-expired' }
hours = { password = 'S3cret-of-ops', hours = 'none' }
desk = { password = 'S3cret-of-ops', workstations = ['DESK-07'] }
visitor = { password = 'S3cret-of-ops', group = 'users' }
denied = { password = 'S3cret-of-ops' }
guessed = { password = 'S3cret-of-ops' }
[user-rights]
SeDenyNetworkLogonRight = ['denied']
";

const TERMINAL_SERVER: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp";
const SCHANNEL: &str =
    r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols";

struct Machine {
    name: String,
    guest: Mutex<Guest>,
}

struct Machines(Vec<Machine>);

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Machines {
    fn shown() -> Result<Self, Box<dyn Error>> {
        let build = |(name, text): &(&str, &str)| -> Result<Machine, Box<dyn Error>> {
            let text = text
                .replace("'RDP-TCP'", &format!("'{TERMINAL_SERVER}'"))
                .replace("SCHANNEL", SCHANNEL);
            let spec: GuestSpec = toml::from_str(&text)?;
            let template = Template::build(&spec, 7)?;
            let hostname = template.hostname().to_owned();
            let mut guest = Guest::new(template, &hostname, "");
            guest.on_power_on(now());
            Ok(Machine { name: (*name).to_owned(), guest: Mutex::new(guest) })
        };
        Ok(Self(GUESTS.iter().map(build).collect::<Result<_, _>>()?))
    }

    fn many(count: u32) -> Result<Self, Box<dyn Error>> {
        let template = Template::build(&GuestSpec::default(), 7)?;
        let machine = |number| {
            let name = format!("vm-{number:05}");
            let mut guest = Guest::new(Arc::clone(&template), &name, "");
            guest.on_power_on(now());
            Machine { name, guest: Mutex::new(guest) }
        };
        Ok(Self((0..count).map(machine).collect()))
    }
}

impl Outside for Machines {
    fn door(&self, guest: u32) -> Door {
        let Some(machine) = usize::try_from(guest).ok().and_then(|at| self.0.get(at)) else {
            return Door::Filtered;
        };
        if machine.name.starts_with("filtered") {
            return Door::Filtered;
        }
        let mut guest = machine.guest.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now();
        guest.tick(now);
        Door::of(&guest, now)
    }

    fn log_on(
        &self,
        guest: u32,
        claim: &Claim,
        proves: Proves<'_>,
    ) -> Option<Result<Known, Refusal>> {
        let machine = self.0.get(usize::try_from(guest).ok()?)?;
        let mut guest = machine.guest.lock().unwrap_or_else(PoisonError::into_inner);
        Some(guest.log_on(claim.from("127.0.0.1"), proves, now()))
    }

    fn welcome(&self, guest: u32, claim: &Claim, known: &Known) -> Result<(), NotRemote> {
        let machine = usize::try_from(guest).ok().and_then(|at| self.0.get(at)).ok_or(NotRemote)?;
        let mut guest = machine.guest.lock().unwrap_or_else(PoisonError::into_inner);
        guest.welcome(claim.from("127.0.0.1"), known, now())
    }
}

/// The events of a log as Windows' own tool prints them.
fn events(guest: &mut Guest, log: &str) -> String {
    let line = Command::Line(format!("wevtutil qe {log} /f:xml"));
    let output = guest.run(&line, &Ctx::system(now()));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let machines = match std::env::args().nth(1) {
        Some(count) => Machines::many(count.parse()?)?,
        None => Machines::shown()?,
    };
    let machines = Arc::new(machines);
    let doors = Doors::new(Arc::clone(&machines) as Arc<dyn Outside>, CancellationToken::new());
    let mut said = BTreeMap::new();
    for (number, machine) in machines.0.iter().enumerate() {
        let address = doors.address(u32::try_from(number)?).await?;
        let certificate =
            match machine.guest.lock().unwrap_or_else(PoisonError::into_inner).rdp_face(now()) {
                RdpFace::Listening(listener) => listener.certificate,
                RdpFace::NotListening(_) | RdpFace::PortTaken { .. } => None,
            };
        let der = certificate.map(|der| STANDARD.encode(der));
        said.insert(&machine.name, serde_json::json!({"address": address, "certificate": der}));
    }
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&said)?)?;
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    doors.close().await;
    // What was written down of those who came.
    let mut written = BTreeMap::new();
    for machine in &machines.0 {
        let mut guest = machine.guest.lock().unwrap_or_else(PoisonError::into_inner);
        let logs =
            ["Security", "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"];
        let logs: Vec<String> = logs.iter().map(|log| events(&mut guest, log)).collect();
        written.insert(&machine.name, logs);
    }
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&written)?)?;
    Ok(())
}
