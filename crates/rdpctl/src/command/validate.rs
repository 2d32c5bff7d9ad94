//! `rdpctl validate`: checks declarations without looking at anything else.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rdpctl_config::{Declaration, Diagnostics, load, parse, read_one};
use rdpctl_term::{Ink, Page, Words, grid};

use crate::error::CliError;
use crate::exit::Exit;
use crate::out;

/// Arguments of `validate`.
#[derive(clap::Args)]
#[command(
    after_help = "All mistakes are told at once, each with file, line, column and what was probably meant. Nothing is asked of a cloud, a guest or the state, and no secret is resolved.\n\nExit codes: 0 valid (warnings may have been told), 1 not valid.\n\nExamples:\n  rdpctl validate\n  rdpctl validate fleet.toml profiles/\n  rdpctl validate --format json | jq -r '.[] | \"\\(.file):\\(.line): \\(.message)\"'"
)]
pub(crate) struct Args {
    /// Declaration files or folders; - reads one from standard input
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// The form of the findings
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Forms of the findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// A list of findings with severity, file, line, column, text, message and help; empty when all is well
    Json,
}

/// Runs `validate`.
pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    let piped = args.paths == [Path::new("-")];
    let (paths, loaded) = if piped {
        // What comes through a pipe lies nowhere; what it names is looked for from here.
        (vec![PathBuf::from(".")], from_input())
    } else {
        (args.paths.clone(), load(&args.paths))
    };
    let (exit, findings) = match &loaded {
        Ok(declaration) => (Exit::Done, &declaration.warnings),
        Err(diagnostics) => (Exit::Error, diagnostics),
    };
    match args.format {
        Format::Json => out::out(&json(findings)?)?,
        Format::Text => {
            if !findings.is_empty() {
                out::err(findings.render(out::paint()).trim_end());
            }
            match &loaded {
                Ok(declaration) => out::page(&valid(declaration, &paths))?,
                Err(diagnostics) => {
                    out::err("");
                    out::tell(&not_valid(diagnostics));
                }
            }
        }
    }
    Ok(exit)
}

fn from_input() -> Result<Declaration, Diagnostics> {
    parse(vec![read_one(Path::new("<stdin>"), std::io::stdin().lock())?])
}

fn json(findings: &Diagnostics) -> Result<String, CliError> {
    let rows = serde_json::to_string_pretty(&findings.rows())
        .map_err(|error| CliError::new("the findings cannot be written as JSON").why(error))?;
    Ok(rows + "\n")
}

/// How many mistakes, in how many files.
fn not_valid(diagnostics: &Diagnostics) -> Page {
    let rows = diagnostics.rows();
    let files: BTreeSet<&str> = rows.iter().map(|row| row.file.as_str()).collect();
    let mut text = plural(diagnostics.errors(), "mistake");
    if let some @ 1.. = files.len() {
        text.push_str(&format!(" in {}", plural(some, "file")));
    }
    if let warnings @ 1.. = diagnostics.warnings() {
        text.push_str(&format!(", and {}", plural(warnings, "warning")));
    }
    let mut page = Page::new();
    page.push(grid::plain(Words::new().ink(Ink::Strong, text).own(". Nothing was looked at.")));
    page
}

/// What is declared, and what it asks for that its author may not give himself.
fn valid(declaration: &Declaration, paths: &[PathBuf]) -> Page {
    let parts = [
        plural(declaration.providers.len(), "provider"),
        // The two built-in profiles are not the user's.
        plural(declaration.profiles.len() - rdpctl_facets::BUILT_IN.len(), "profile"),
        plural(declaration.instances.len(), "instance"),
        plural(declaration.fleets.len(), "fleet"),
    ];
    let mut page = Page::new();
    page.push(grid::plain(
        Words::new().ink(Ink::Strong, "valid").own(format!(": {}", parts.join(", "))),
    ));
    let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
    for over in rdpctl_page::Accepts::new(&declaration.accepts, today).over() {
        page.push(grid::plain(Words::new().said(&over)));
    }
    let asked = super::trust::asked(declaration, paths);
    if !asked.is_empty() {
        page.push(grid::plain("asks, and `rdpctl trust` grants:".into()));
        for one in asked {
            page.push(grid::indented(2, Words::new().said(&one)));
        }
    }
    page
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
