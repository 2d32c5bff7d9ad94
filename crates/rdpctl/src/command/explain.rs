//! `rdpctl explain`: a facet's manual page.

use rdpctl_facets::{Erratum, Manual, manual};
use rdpctl_model::FacetId;
use rdpctl_model::declaration::ProviderKind;
use rdpctl_model::facet::World;
use rdpctl_model::vendor::FacetApi;
use rdpctl_term::{Ink, Page, Words, grid};
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
    match (args.format, asked) {
        (Format::Text, Some(facet)) => out::page(&page(facet, manual(facet)))?,
        (Format::Text, None) => out::page(&list())?,
        (Format::Json, Some(facet)) => out::out(&json_of(&[facet])?)?,
        (Format::Json, None) => out::out(&json_of(&FacetId::ALL)?)?,
    }
    Ok(Exit::Done)
}

fn list() -> Page {
    let longest = FacetId::ALL.iter().map(|facet| facet.name().len()).max().unwrap_or(0);
    let mut page = Page::new();
    for facet in FacetId::ALL {
        let name = Words::new().ink(Ink::Strong, facet.name());
        page.push(grid::columns(vec![(longest, name)], manual(facet).summary.into()));
    }
    page.blank();
    let command = Words::new().ink(Ink::Command, "rdpctl explain FACET");
    page.push(grid::first_next("Next", command, 0, "the page of one".into()));
    page
}

fn page(facet: FacetId, manual: &Manual) -> Page {
    let seen = match facet.world() {
        World::Cloud => "through the cloud's API",
        World::Guest => "inside Windows",
        World::Outside => "by a handshake from outside",
    };
    let mut page = Page::new();
    page.push(grid::plain(
        Words::new().ink(Ink::Strong, facet.name()).own(": ").own(manual.summary),
    ));
    page.push(grid::plain(Words::new().own(format!("Seen {seen}."))));
    section(&mut page, "Declare", Kind::Text, &[manual.declare]);
    section(&mut page, "Healthy", Kind::Prose, &[manual.healthy]);
    let reads = with_vendors(manual.reads, facet, |vendor| vendor.reads);
    section(&mut page, "Reads", Kind::Prose, &reads);
    let sets = with_vendors(manual.sets, facet, |vendor| vendor.sets);
    section(&mut page, "Sets", Kind::Prose, &sets);
    section(&mut page, "Risk", Kind::Prose, &[manual.risk]);
    section(&mut page, "Undo", Kind::Prose, &[manual.undo]);
    section(&mut page, "Founding documents", Kind::Prose, manual.seed);
    section(&mut page, "Pages", Kind::Pages, manual.pages);
    if !manual.errata.is_empty() {
        heading(&mut page, "Errata of the founding documents");
        for Erratum { says, wrong, instead } in manual.errata {
            for (label, said) in [("says", says), ("wrong", wrong), ("instead", instead)] {
                page.push(grid::field(AT, label, "instead".len(), Words::new().own(*said)));
            }
        }
    }
    page
}

/// Where what stands below a heading begins.
const AT: usize = 2;

/// How a section reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// In lines that may be broken.
    Prose,
    /// To be copied.
    Text,
    /// Addresses of the vendors' pages, from the table of manuals.
    Pages,
}

fn heading(page: &mut Page, title: &'static str) {
    page.blank();
    page.push(grid::plain(Words::new().ink(Ink::Strong, title)));
}

fn section(page: &mut Page, title: &'static str, kind: Kind, lines: &[impl AsRef<str>]) {
    if lines.is_empty() {
        return;
    }
    heading(page, title);
    for line in lines.iter().flat_map(|line| line.as_ref().lines()) {
        let words = |ink| grid::indented(AT, Words::new().said_in(ink, line));
        page.push(match kind {
            Kind::Prose => words(Ink::Plain),
            Kind::Text => words(Ink::Plain).whole(),
            Kind::Pages => words(Ink::Page).whole(),
        });
    }
}

/// What holds everywhere, and what is one vendor's under its name.
fn with_vendors(
    everywhere: &[&str],
    facet: FacetId,
    part: impl Fn(&FacetApi) -> &'static [&'static str],
) -> Vec<String> {
    let of_vendors = vendors(facet).flat_map(|(kind, api)| {
        part(api).iter().map(move |line| format!("{}: {line}", kind.vendor().name))
    });
    everywhere.iter().map(|line| (*line).to_owned()).chain(of_vendors).collect()
}

/// What a facet reads and sets through vendors' APIs.
fn vendors(facet: FacetId) -> impl Iterator<Item = (ProviderKind, &'static FacetApi)> {
    let all = ProviderKind::ALL.into_iter();
    all.filter_map(move |kind| Some((kind, kind.vendor().api(facet)?)))
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
                    .map(|(kind, api)| {
                        json!({ "kind": kind, "reads": api.reads, "sets": api.sets })
                    })
                    .collect::<Vec<_>>(),
                "seed": manual.seed,
                "pages": manual.pages,
                "errata": errata,
            })
        })
        .collect();
    let text = serde_json::to_string_pretty(&pages)
        .map_err(|error| CliError::new("the pages cannot be written as JSON").why(error))?;
    Ok(text + "\n")
}
