//! `rdpctl explain`: a facet's manual page.

use rdpctl_facets::{Manual, manual};
use rdpctl_model::FacetId;
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
    let pages: Vec<(FacetId, &Manual)> = FacetId::ALL
        .into_iter()
        .filter(|facet| asked.is_none_or(|asked| asked == *facet))
        .filter_map(|facet| Some((facet, manual(facet)?)))
        .collect();
    let text = match (args.format, asked, pages.as_slice()) {
        (Format::Json, ..) => json_of(&pages)?,
        (Format::Text, Some(_), [(facet, manual)]) => page(*facet, manual),
        (Format::Text, Some(facet), _) => {
            return Err(CliError::new(format!("the facet `{facet}` has no manual page")));
        }
        (Format::Text, None, pages) => list(pages),
    };
    out::out(&text)?;
    Ok(Exit::Done)
}

fn list(pages: &[(FacetId, &Manual)]) -> String {
    let mut text = String::new();
    for (facet, manual) in pages {
        text.push_str(&format!("{facet:<15}  {}\n", manual.summary));
    }
    text.push_str("\n`rdpctl explain FACET` shows the page of one.\n");
    text
}

fn page(facet: FacetId, manual: &Manual) -> String {
    let seen = match facet.world() {
        World::Cloud => "through the cloud's API",
        World::Guest => "inside Windows",
        World::Outside => "by a handshake from outside",
    };
    let mut text = format!("{facet}: {}\nSeen {seen}.\n", manual.summary);
    section(&mut text, "Declare", &[manual.declare]);
    section(&mut text, "Healthy", &[manual.healthy]);
    section(&mut text, "Reads", manual.reads);
    section(&mut text, "Sets", manual.sets);
    section(&mut text, "Risk", &[manual.risk]);
    section(&mut text, "Undo", &[manual.undo]);
    section(&mut text, "Founding documents", manual.seed);
    section(&mut text, "Pages", manual.pages);
    if !manual.errata.is_empty() {
        text.push_str("\nErrata of the founding documents\n");
        for erratum in manual.errata {
            text.push_str(&format!(
                "  says     {}\n  wrong    {}\n  instead  {}\n",
                erratum.says, erratum.wrong, erratum.instead
            ));
        }
    }
    text
}

fn section(text: &mut String, title: &str, lines: &[&str]) {
    if lines.is_empty() {
        return;
    }
    text.push_str(&format!("\n{title}\n"));
    for line in lines.iter().flat_map(|line| line.lines()) {
        text.push_str(&format!("  {line}\n"));
    }
}

fn json_of(pages: &[(FacetId, &Manual)]) -> Result<String, CliError> {
    let pages: Vec<serde_json::Value> = pages
        .iter()
        .map(|(facet, manual)| {
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
