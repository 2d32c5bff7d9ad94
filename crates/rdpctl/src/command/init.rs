//! `rdpctl init`: a first declaration, by three questions.

use std::fs::OpenOptions;
use std::io::{self, BufRead as _, Write as _};
use std::path::PathBuf;

use rdpctl_config::{Source, parse};

use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::report::imported::quote;

/// Arguments of `init`.
#[derive(clap::Args)]
#[command(
    after_help = "Three questions: where the machines run, which one, and who is to connect. What you answer is checked at once; no cloud is asked and no secret is read. A file that is there is never touched.\n\nExamples:\n  rdpctl init\n  printf 'tencent:ap-guangzhou\\nins-0abc1234\\n203.0.113.0/24\\n' | rdpctl init --to web.toml"
)]
pub(crate) struct Args {
    /// The file to write
    #[arg(long, value_name = "FILE", default_value = "rdp.toml")]
    to: PathBuf,
}

/// Where machines run.
enum Provider {
    Tencent { region: String },
    Azure { subscription: String },
    Hosts,
}

impl Provider {
    fn of(answer: &str) -> Result<Self, String> {
        match answer.split_once(':') {
            Some(("tencent", region)) => Ok(Self::Tencent { region: region.trim().to_owned() }),
            Some(("azure", subscription)) => {
                Ok(Self::Azure { subscription: subscription.trim().to_owned() })
            }
            None if matches!(answer, "host" | "hosts") => Ok(Self::Hosts),
            Some(_) | None => Err("write tencent:REGION, azure:SUBSCRIPTION or hosts".to_owned()),
        }
    }

    fn table(&self) -> String {
        match self {
            Self::Tencent { region } => format!(
                "[provider.cloud]\nkind   = \"tencent\"\nregion = {} # keys: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY\n",
                quote(region)
            ),
            Self::Azure { subscription } => format!(
                "[provider.cloud]\nkind         = \"azure\"\nsubscription = {} # as whom: AZURE_* variables, a workload's or managed identity, or `az login`\n",
                quote(subscription)
            ),
            Self::Hosts => "[provider.hosts]\nkind = \"static\"\n".to_owned(),
        }
    }

    const fn asks(&self) -> &'static str {
        match self {
            Self::Tencent { .. } => {
                "Which machine? Its id, such as ins-0abc1234; nothing for all that the account has: "
            }
            Self::Azure { .. } => {
                "Which machine? Its id, /subscriptions/...; nothing for all that the subscription has: "
            }
            Self::Hosts => "Which machine? Its name or address: ",
        }
    }

    fn instance(&self, answer: &str) -> String {
        match self {
            Self::Tencent { .. } | Self::Azure { .. } => format!(
                "[instance.first]\nprovider = \"cloud\"\nid       = {}\nprofile  = \"office\"\n",
                quote(answer)
            ),
            Self::Hosts => format!(
                "[instance.first]\nprovider = \"hosts\"\naddress  = {}\nprofile  = \"office\"\n# guest  = {{ via = [\"winrm\"], user = \"Administrator\", password = \"env:FIRST_PASSWORD\" }}\n",
                quote(answer)
            ),
        }
    }
}

fn profile(answer: &str) -> String {
    let nets: Vec<String> =
        answer.split([',', ' ']).map(str::trim).filter(|one| !one.is_empty()).map(quote).collect();
    format!(
        "[profile.office]\nextends = \"standard\"\ningress = {{ from = [{}] }}\n",
        nets.join(", ")
    )
}

/// What is asked about before it is done, said aloud.
const GUARDS: &str = "[guard]\nreboot = \"ask\"\nspend  = \"ask\"\n";

/// Runs `init`.
pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    if args.to.exists() {
        return Err(there_already(args));
    }
    let Some(text) = asked()? else {
        out::err("\nNothing was written.");
        return Ok(Exit::Error);
    };
    let mut file = match OpenOptions::new().write(true).create_new(true).open(&args.to) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(there_already(args));
        }
        Err(error) => {
            return Err(CliError::new(format!("cannot write {}", args.to.display())).why(error));
        }
    };
    file.write_all(text.as_bytes())?;
    let shown = args.to.display().to_string();
    let path = safe(&shown);
    out::err(&format!("Written: {path}"));
    let import = if text.contains("[instance.") {
        String::new()
    } else {
        format!(
            "      rdpctl import --provider cloud {path} > machines.toml   what the account has\n"
        )
    };
    out::err(&format!(
        "Next\n{import}      rdpctl permissions {path}   the least that the key needs\n      rdpctl plan {path}          what differs; changes nothing"
    ));
    Ok(Exit::Done)
}

fn there_already(args: &Args) -> CliError {
    CliError::new(format!("{} is there already; nothing was written", args.to.display()))
        .hint("name another file with --to FILE")
}

/// The declaration, or nothing where the answers ended.
fn asked() -> Result<Option<String>, CliError> {
    let where_they_run = |answer: &str| {
        let provider = Provider::of(answer)?;
        valid(&[provider.table()])?;
        Ok(provider)
    };
    let question =
        "Where do the machines run? tencent:REGION, azure:SUBSCRIPTION, or hosts (no cloud): ";
    let Some(provider) = ask(question, where_they_run)? else { return Ok(None) };
    let whole_account = !matches!(provider, Provider::Hosts);
    let which = |answer: &str| {
        if answer.is_empty() && whole_account {
            return Ok(String::new());
        }
        let instance = provider.instance(answer);
        valid(&[provider.table(), profile("203.0.113.0/24"), instance.clone()])?;
        Ok(instance)
    };
    let Some(instance) = ask(provider.asks(), which)? else { return Ok(None) };
    let who = |answer: &str| {
        let profile = profile(answer);
        valid(&[provider.table(), profile.clone()])?;
        Ok(profile)
    };
    let Some(profile) = ask("Who is to connect? Networks, such as 203.0.113.0/24: ", who)? else {
        return Ok(None);
    };
    let mut parts = vec![provider.table(), profile, GUARDS.to_owned()];
    parts.extend((!instance.is_empty()).then_some(instance));
    Ok(Some(parts.join("\n")))
}

/// Asks until the answer will do, or there is none.
fn ask<T>(question: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, CliError> {
    loop {
        out::prompt(question);
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match read(line.trim()) {
            Ok(read) => return Ok(Some(read)),
            Err(why) => out::err(&why),
        }
    }
}

/// Whether these tables are a declaration; else the first mistake in it.
fn valid(tables: &[String]) -> Result<(), String> {
    match parse(vec![Source::new("your answer", tables.join("\n"))]) {
        Ok(declaration) => {
            if !declaration.warnings.is_empty() {
                out::err(declaration.warnings.render(out::paint()).trim_end());
            }
            Ok(())
        }
        Err(mistakes) => {
            let rows = mistakes.rows();
            let first = rows.first();
            let help = first.and_then(|row| row.help.clone());
            let said = first.map_or_else(|| mistakes.to_string(), |row| row.message.clone());
            Err(match help {
                Some(help) => format!("{said}; {help}"),
                None => said,
            })
        }
    }
}
