//! `rdpctl probe`: the outside view alone.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::io::BufRead;
use std::num::NonZeroUsize;
use std::str::FromStr;

use rdpctl_model::handshake::{HandshakeVerdict, TlsVersion};
use rdpctl_probe::{Level, ProbeOptions, Report, Target, probe_many, symptom};
use tokio::sync::mpsc;

use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};

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
        let mut exit = Exit::Done;
        while let Some(report) = reports.next().await {
            if report.verdict != HandshakeVerdict::Ok {
                exit = Exit::Partial;
            }
            let text = match args.format {
                Format::Text => text(&report),
                Format::Json => {
                    let mut line = serde_json::to_string(&report)
                        .map_err(|error| CliError::new(error.to_string()))?;
                    line.push('\n');
                    line
                }
            };
            out::out(&text)?;
        }
        Ok(exit)
    })
}

fn parse(text: &str) -> Result<Target, CliError> {
    Target::from_str(text).map_err(|error| {
        CliError::new(format!("`{}` is not a host to probe: {error}", safe(text)))
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

fn text(report: &Report) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}  {}  {}",
        safe(&report.target.to_string()),
        report.verdict.name(),
        symptom(report.verdict)
    );
    if let Some(banner) = &report.banner {
        let _ = writeln!(text, "  first bytes   {}", safe(banner));
    }
    if report.verdict == HandshakeVerdict::Ok {
        let _ = writeln!(text, "  NLA           {}", report.nla);
    }
    // Shown, not judged: a server announces what it can do, not what it is set to do.
    if report.restricted_admin == Some(true) {
        let _ = writeln!(text, "  announces     the restricted admin mode");
    }
    if let Some(tls) = &report.tls {
        let list = |versions: &BTreeSet<TlsVersion>| {
            versions.iter().map(|version| version.name()).collect::<Vec<_>>().join(", ")
        };
        let refused = if tls.refused.is_empty() {
            String::new()
        } else {
            format!("   (refused: {})", list(&tls.refused))
        };
        let _ = writeln!(text, "  TLS           {}{refused}", list(&tls.versions));
    }
    if let Some(certificate) = &report.certificate {
        let until = certificate.not_after.map_or_else(|| "?".to_owned(), |end| end.to_string());
        let _ = writeln!(
            text,
            "  certificate   {}, until {until}",
            safe(certificate.subject.as_deref().unwrap_or("?"))
        );
        let _ = writeln!(text, "  thumbprint    {}", certificate.sha1);
    }
    for problem in &report.problems {
        let _ = writeln!(text, "  problem       {}", problem.name());
    }
    if report.verdict != HandshakeVerdict::Ok {
        for (place, cause) in (1..).zip(report.causes().into_iter().take(5)) {
            let _ =
                writeln!(text, "  likely {place}      {}; look at {}", cause.suggests, cause.check);
        }
    }
    let _ = writeln!(text, "  {} connections, {:.1} ms", report.connections, report.ms);
    text
}
