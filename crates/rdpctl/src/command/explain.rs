//! `rdpctl explain`: a facet's manual page.

use rdpctl_facets::{Erratum, Manual, VendorManual, manual, vendors};
use rdpctl_model::FacetId;
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::facet::World;
use serde_json::json;

use crate::error::CliError;
use crate::exit::Exit;
use crate::out;

/// Arguments of `explain`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  rdpctl explain              all facets, one line each\n  rdpctl explain bandwidth    what is read and set, the risk, the way back, and where the usual advice is wrong"
)]
pub(crate) struct Args {
    /// Which facet [default: all of them, one line each]
    #[arg(value_name = "FACET", value_parser = clap::builder::PossibleValuesParser::new(FacetId::ALL.map(FacetId::name)), hide_possible_values = true)]
    facet: Option<String>,
    /// The form of the page
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Forms of a manual page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For machines: a list of pages
    Json,
}

/// Runs `explain`.
pub(crate) fn run(args: &Args) -> Result<Exit, CliError> {
    let asked = args.facet.as_deref().and_then(FacetId::from_name);
    let text = match (args.format, asked) {
        (Format::Text, Some(facet)) => page(facet, manual(facet)),
        (Format::Text, None) => list(),
        (Format::Json, Some(facet)) => json_of(&[facet])?,
        (Format::Json, None) => json_of(&FacetId::ALL)?,
    };
    out::out(&text)?;
    Ok(Exit::Done)
}

fn list() -> String {
    let mut lines: Vec<String> = FacetId::ALL
        .into_iter()
        .map(|facet| format!("{facet:<15}  {}\n", manual(facet).summary))
        .collect();
    lines.push("\n`rdpctl explain FACET` shows the page of one.\n".to_owned());
    lines.concat()
}

fn page(facet: FacetId, manual: &Manual) -> String {
    let seen = match facet.world() {
        World::Cloud => "through the cloud's API",
        World::Guest => "inside Windows",
        World::Outside => "by a handshake from outside",
    };
    let errata: Vec<String> = manual.errata.iter().map(erratum).collect();
    [
        format!("{facet}: {}\nSeen {seen}.\n", manual.summary),
        section("Declare", &[manual.declare]),
        section("Healthy", &[manual.healthy]),
        section("Reads", &with_vendors(manual.reads, facet, |vendor| vendor.reads)),
        section("Sets", &with_vendors(manual.sets, facet, |vendor| vendor.sets)),
        section("Risk", &[manual.risk]),
        section("Undo", &[manual.undo]),
        section("Founding documents", manual.seed),
        section("Pages", manual.pages),
        section("Errata of the founding documents", &errata),
    ]
    .concat()
}

/// What holds everywhere, and what is one vendor's under its name.
fn with_vendors(
    everywhere: &[&str],
    facet: FacetId,
    part: impl Fn(&VendorManual) -> &'static [&'static str],
) -> Vec<String> {
    let of_vendors = vendors(facet).iter().flat_map(|vendor| {
        part(vendor).iter().map(|line| format!("{}: {line}", name(vendor.kind)))
    });
    everywhere.iter().map(|line| (*line).to_owned()).chain(of_vendors).collect()
}

const fn name(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Tencent => "Tencent",
        ProviderKind::Azure => "Azure",
        ProviderKind::Static => "hosts",
    }
}

fn erratum(one: &Erratum) -> String {
    format!("says     {}\nwrong    {}\ninstead  {}", one.says, one.wrong, one.instead)
}

fn section(title: &str, lines: &[impl AsRef<str>]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = lines
        .iter()
        .flat_map(|line| line.as_ref().lines())
        .map(|line| format!("  {line}\n"))
        .collect();
    format!("\n{title}\n{}", lines.concat())
}

fn json_of(facets: &[FacetId]) -> Result<String, CliError> {
    let pages: Vec<serde_json::Value> = facets
        .iter()
        .map(|facet| {
            let manual = manual(*facet);
            let errata: Vec<serde_json::Value> = manual
                .errata
                .iter()
                .map(|one| json!({ "says": one.says, "wrong": one.wrong, "instead": one.instead }))
                .collect();
            json!({
                "facet": facet,
                "summary": manual.summary,
                "declare": manual.declare,
                "reads": manual.reads,
                "healthy": manual.healthy,
                "sets": manual.sets,
                "risk": manual.risk,
                "undo": manual.undo,
                "vendors": vendors(*facet)
                    .iter()
                    .map(|vendor| {
                        json!({ "kind": vendor.kind, "reads": vendor.reads, "sets": vendor.sets })
                    })
                    .collect::<Vec<_>>(),
                "seed": manual.seed,
                "pages": manual.pages,
                "errata": errata,
            })
        })
        .collect();
    let text = serde_json::to_string_pretty(&pages)
        .map_err(|error| CliError::new(format!("the pages cannot be written as JSON: {error}")))?;
    Ok(text + "\n")
}
