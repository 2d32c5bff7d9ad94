//! `rdpctl doctor`: why can't I connect? The founding documents' decision trees, walked with evidence.
//!
//! It is given eyes and no hands, and it remembers nothing: there is no state that it could change.

mod disk;
mod look;
mod patient;
mod screen;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use rdpctl_contract::Clock;
use rdpctl_doctor::{Case, Conclusion, Diagnosis, Language, Library, Repair};
use rdpctl_engine::{Examined, Filter};
use rdpctl_model::tariff::Tariffs;
use rdpctl_model::{Assessment, FacetMap, Plan};
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::report::doctor_text::Amount;
use crate::report::{doctor_markdown, doctor_text, words};

pub(crate) use patient::member;
use patient::{Patient, Who};

/// Arguments of `doctor`.
#[derive(clap::Args)]
#[command(
    after_help = "All facets are looked at, also those that the profile does not mention: they are shown, never changed. Nothing is written, not even to the state.\n\nExit codes: 0 nothing is wrong up to the stage of what you saw, 2 a cause was found, 3 no cause is certain, not everything could be seen, or what you saw comes after what could be proved, 1 an error.\n\nExamples:\n  rdpctl doctor web-01\n  rdpctl doctor --error \"an internal error has occurred\" web-01\n  rdpctl doctor --lang ko --format html web-01 > web-01.html\n  rdpctl doctor tencent:ap-guangzhou/ins-0abc1234     # undeclared: by the profile `standard`, keys from the environment\n  rdpctl doctor host:203.0.113.7:3389                 # the outside view alone\n  rdpctl doctor --disk server.vhd                     # a Windows that does not start, by its disk"
)]
pub(crate) struct Args {
    /// A declared instance, `FLEET/ID` for a member of a fleet, `tencent:REGION/ID`,
    /// `azure:SUBSCRIPTION/GROUP/VM`, or `host:ADDRESS[:PORT]`
    #[arg(
        value_name = "INSTANCE",
        required_unless_present = "disk",
        conflicts_with = "disk",
        add = clap_complete::ArgValueCompleter::new(crate::complete::instances)
    )]
    who: Option<Who>,
    /// Declaration files or folders
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Work on a simulated world instead of a cloud
    #[arg(long, value_name = "WORLD.toml")]
    sim: Option<PathBuf>,
    #[command(flatten)]
    trusted: crate::arguments::Trusted,
    #[command(flatten)]
    in_hand: crate::disk::Asked,
    /// Look into the system disk of a VM of Azure by a copy, without any VM: what `--disk` says of a disk in the hand. A
    /// snapshot is made, read by ranges, and deleted (guard spend)
    #[arg(long, requires = "who", conflicts_with = "error")]
    look_into_disk: bool,
    /// Allow what the look asks for: spend
    #[arg(long, value_name = "GUARD", requires = "look_into_disk", value_delimiter = ',', value_parser = crate::arguments::guard)]
    allow: Vec<rdpctl_model::step::Guarded>,
    /// Where the copy is on record [default: .rdpctl/state.db beside the declaration]
    #[arg(long, value_name = "URL", requires = "look_into_disk")]
    state: Option<String>,
    /// Begin with the message or code that the client showed, in nine languages
    #[arg(long, value_name = "TEXT")]
    error: Option<String>,
    /// Show both trees as well, with every question and its answer
    #[arg(long)]
    all: bool,
    /// The language of the report [default: that of the locale]
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    /// The form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Languages of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Lang {
    /// English
    En,
    /// 한국어
    Ko,
}

/// Forms of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For machines; schema in state/schemas
    Json,
    /// One file for a browser
    Html,
    /// For a ticket
    Markdown,
}

/// Runs `doctor`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    if let Some(path) = &args.in_hand.which.disk {
        return disk::run(path, &args.in_hand, args.format);
    }
    let Some(who) = &args.who else {
        return Err(
            CliError::new("nobody was named").hint("name an instance, or a disk with --disk")
        );
    };
    if args.look_into_disk {
        return crate::runtime::runtime()?.block_on(look::run(who, &args, language(args.lang)));
    }
    let library =
        Library::read(language(args.lang)).map_err(|error| CliError::from_error(&error))?;
    crate::runtime::runtime()?.block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let patient = Patient::find(who, &args.paths, args.sim.as_deref(), &args.trusted).await?;
        let examined = patient.examine(&clock, &CancellationToken::new()).await?;
        let mut diagnosis =
            diagnose(&library, &patient, &examined, clock.as_ref(), args.error.as_deref())?;
        let spoken = library.texts().language();
        diagnosis.screen = screen::told(&patient, examined.surveys.first(), spoken).await;
        let amount = if args.all { Amount::All } else { Amount::Answer };
        let text = match args.format {
            Format::Text => String::new(),
            Format::Json => {
                let text = rdpctl_words::json::to_string_pretty(&diagnosis)
                    .map_err(|error| CliError::from_error(&error))?;
                text + "\n"
            }
            Format::Html => {
                rdpctl_page::doctor(&rdpctl_page::Doctor { diagnosis: &diagnosis, from: "" })
            }
            Format::Markdown => doctor_markdown::render(&diagnosis, library.texts()),
        };
        if args.format == Format::Text {
            out::page(&doctor_text::page(&diagnosis, library.texts(), amount))?;
            if let Some(screen) = &diagnosis.screen {
                out::out(&format!("\n{}\n", screen.says))?;
            }
            out::out(&look::hint(&patient, examined.surveys.first(), spoken).await)?;
        } else {
            out::out(&text)?;
        }
        Ok(match diagnosis.conclusion {
            Conclusion::Healthy => Exit::Done,
            Conclusion::Cause => Exit::Pending,
            Conclusion::Undecided => Exit::Partial,
        })
    })
}

/// The language that was asked for, or that of the locale, as POSIX orders its variables.
fn language(asked: Option<Lang>) -> Language {
    match asked {
        Some(Lang::En) => Language::English,
        Some(Lang::Ko) => Language::Korean,
        None => ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|locale| !locale.is_empty())
            .map_or_else(Language::default, |locale| Language::of_locale(&locale)),
    }
}

fn diagnose(
    library: &Library,
    patient: &Patient,
    examined: &Examined,
    clock: &dyn Clock,
    saw: Option<&str>,
) -> Result<Diagnosis, CliError> {
    let now = clock.now();
    let assessed = rdpctl_engine::assess(&patient.estate, &examined.facts, &Filter::default(), now);
    let survey = examined.surveys.first().ok_or_else(|| {
        CliError::new(format!("nothing was learned about {}", out::safe(&patient.name)))
            .hint("run it again with --log debug")
    })?;
    let facets: FacetMap<Option<Assessment>> = assessed.first().map_or_else(
        || FacetMap::from_fn(|_| None),
        |one| FacetMap::from_fn(|facet| one.facets[facet].clone().map(Arc::unwrap_or_clone)),
    );
    let plan = rdpctl_plan::plan(rdpctl_plan::Request {
        survey: rdpctl_plan::digest(&assessed),
        assessed,
        guards: &patient.estate.guards,
        allowed: &BTreeSet::new(),
        now,
        declaration: patient.estate.digest.clone(),
        basis: rdpctl_model::plan::Basis::default(),
        // What a repair would cost is no part of a diagnosis.
        tariffs: &Tariffs::default(),
    });
    Ok(library.examine(
        &Case {
            instance: &patient.name,
            profile: &patient.profile,
            provider: patient.kind,
            port: patient.port,
            address: patient.address(survey),
            survey,
            assessed: &facets,
            managed: patient.managed,
            repairs: repairs(&plan, library.texts().language()),
        },
        saw,
    ))
}

/// What a plan would do, step by step, by the facet that wants it.
fn repairs(plan: &Plan, language: Language) -> Vec<Repair> {
    let told = rdpctl_words::words(language);
    plan.groups
        .iter()
        .flat_map(|group| &group.steps)
        .filter_map(|id| plan.step(*id))
        .filter(|planned| planned.step.action.traits().through.changes())
        .map(|planned| Repair {
            facet: planned.step.facet,
            step: told.say(&rdpctl_words::title::title(&planned.step.action)),
            held: planned.held.as_ref().map(|held| told.say(&words::held_alone(held))),
        })
        .collect()
}
