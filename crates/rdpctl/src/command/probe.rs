//! `rdpctl probe`: the outside view alone.

use std::io::BufRead;
use std::num::NonZeroUsize;
use std::str::FromStr;

use jiff::Timestamp;
use rdpctl_model::handshake::HandshakeVerdict;
use rdpctl_probe::{Level, ProbeOptions, Target, probe_many};
use rdpctl_term::Page;
use tokio::sync::mpsc;

use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::report::next::Next;
use crate::report::probe::{page, tally};

/// Arguments of `probe`.
#[derive(clap::Args)]
#[command(
    after_help = "No log-on is attempted, so no lockout counter moves.\n\nExamples:\n  rdpctl probe 203.0.113.7\n  rdpctl probe --level full --format json web.example.org:3390\n  rdpctl probe - < hosts.txt\n\nExit codes: 0 all answer, 3 some do not, 1 an error."
)]
pub(crate) struct Args {
    /// Hosts to probe, `HOST[:PORT]`, IPv6 in brackets; - reads them from standard input, one a line
    #[arg(value_name = "HOST[:PORT]", required = true)]
    targets: Vec<String>,
    /// How much to ask
    #[arg(long, value_enum, default_value_t = LevelArg::Standard)]
    level: LevelArg,
    /// The form of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Probes at once
    #[arg(long, value_name = "N", default_value = "256")]
    concurrency: NonZeroUsize,
}

/// Levels of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum LevelArg {
    /// Does the listener speak RDP
    Reach,
    /// And TLS, certificate, NLA
    Standard,
    /// And every TLS version, and standard RDP security
    Full,
}

/// Forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object a line
    Json,
}

/// Lines of standard input waiting to be probed.
const WAITING: usize = 1024;
/// The longest line that can be a host.
const LONGEST: usize = 512;

/// Runs `probe`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    crate::runtime::runtime()?.block_on(async {
        let level = match args.level {
            LevelArg::Reach => Level::Reach,
            LevelArg::Standard => Level::Standard,
            LevelArg::Full => Level::Full,
        };
        let mut reports = if args.targets.iter().any(|target| target == "-") {
            let (send, targets) = mpsc::channel(WAITING);
            tokio::task::spawn_blocking(move || read_targets(&send));
            probe_many(targets, level, ProbeOptions::default(), args.concurrency)
        } else {
            let targets =
                args.targets.iter().map(|text| parse(text)).collect::<Result<Vec<_>, _>>()?;
            probe_many(targets, level, ProbeOptions::default(), args.concurrency)
        };
        let (mut all, mut silent) = (0, Vec::new());
        while let Some(report) = reports.next().await {
            match args.format {
                Format::Text => {
                    // Each as soon as it is known: the last of ten thousand may take a while.
                    let mut told = Page::new();
                    told.append(page(&report, Timestamp::now()));
                    told.push(rdpctl_term::grid::plain(rdpctl_term::Words::new()));
                    out::page(&told)?;
                }
                Format::Json => {
                    let line = serde_json::to_string(&report)
                        .map_err(|error| CliError::from_error(&error))?;
                    out::out(&(line + "\n"))?;
                }
            }
            all += 1;
            if report.verdict != HandshakeVerdict::Ok {
                silent.push(report.target);
            }
        }
        if args.format == Format::Text && all > 1 {
            out::page(&tally(all - silent.len(), all))?;
        }
        if args.format == Format::Text
            && let Some(first) = silent.first()
        {
            let mut next = Next::default();
            next.push(&format!("doctor host:{first}"), "asks further");
            next.tell();
        }
        Ok(if silent.is_empty() { Exit::Done } else { Exit::Partial })
    })
}

fn parse(text: &str) -> Result<Target, CliError> {
    Target::from_str(text).map_err(|error| {
        CliError::new(format!("`{}` is not a host to probe", safe(text)))
            .why(error)
            .hint("write HOST, HOST:PORT, or [IPv6]:PORT")
    })
}

/// Reads hosts from standard input; lines that are none are told and passed over.
fn read_targets(send: &mpsc::Sender<Target>) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let short: String = line.chars().take(LONGEST).collect();
        match parse(&short) {
            Ok(target) => {
                if send.blocking_send(target).is_err() {
                    return;
                }
            }
            Err(error) => error.tell(),
        }
    }
}
