//! `rdpctl state`: looks into the state, and mends it.

mod history;
mod list;
mod release;
mod verify;

use std::path::{Path, PathBuf};

use rdpctl_contract::Author;
use rdpctl_contract::store::{Holding, Recorded};
use rdpctl_model::InstanceName;
use rdpctl_model::outcome::RunRecord;
use rdpctl_store::document::{Document, Replace};
use rdpctl_store::{Database, Location};

use crate::arguments::{Place, Trusted};
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::session::{Session, state_of};

/// Arguments of `state`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

/// What can be done with the state.
#[derive(clap::Subcommand)]
enum Command {
    /// Name what is known: instances, and what rdpctl made
    List {
        #[command(flatten)]
        place: Place,
        /// The form of the output
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Show what is known of one instance
    Show {
        /// The instance's name
        instance: String,
        #[command(flatten)]
        place: Place,
    },
    /// Show runs, or what was done to one instance
    History {
        /// The instance's name; all runs without it
        #[arg(long)]
        instance: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[command(flatten)]
        place: Place,
        /// The form of the output
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Prove that the journal is what was written, by its chain of hashes
    Verify {
        /// A hash that was written down earlier: the journal must hold it
        #[arg(long, value_name = "HASH")]
        head: Option<String>,
        #[command(flatten)]
        place: Place,
        /// The form of the output
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Give back what rdpctl made: copies of system disks, and what was made for those who are declared no more
    Release {
        /// What, by its id as `state list` shows it, or for which instance; all whose time is over without it
        what: Vec<String>,
        /// Declaration files or folders
        #[arg(long = "in", value_name = "PATH", default_value = ".")]
        paths: Vec<PathBuf>,
        /// Where the state is kept [default: .rdpctl/state.db beside the declaration]
        #[arg(long, value_name = "URL")]
        state: Option<String>,
        /// A simulated world in the place of the real one
        #[arg(long, value_name = "WORLD.toml")]
        sim: Option<PathBuf>,
        #[command(flatten)]
        trusted: Trusted,
    },
    /// Give back a lock whose holder is gone for good
    Unlock {
        /// The lock's id, as the error showed it
        id: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Print the whole state as a JSON document
    Pull(Place),
    /// Replace the whole state by a document from `pull`
    Push {
        /// The document
        file: PathBuf,
        /// Replace it even by another lineage or an older serial
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Forget instances: the next plan looks anew
    Rm {
        /// The instances' names
        #[arg(required = true)]
        instances: Vec<String>,
        /// Declaration files or folders
        #[arg(long = "in", value_name = "PATH", default_value = ".")]
        paths: Vec<PathBuf>,
        /// Where the state is kept [default: .rdpctl/state.db beside the declaration]
        #[arg(long, value_name = "URL")]
        state: Option<String>,
        #[command(flatten)]
        trusted: Trusted,
    },
}

/// Forms of what is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For machines
    Json,
}

/// Runs `state`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    crate::runtime::runtime()?.block_on(async {
        match args.command {
            Command::List { place, format } => {
                list::run(&Session::remembered(&place).await?, format).await
            }
            Command::Show { instance, place } => {
                show(&Session::remembered(&place).await?, &instance).await
            }
            Command::History { instance, limit, place, format } => {
                let session = Session::remembered(&place).await?;
                history::run(&session, instance.as_deref(), limit, format).await
            }
            Command::Verify { head, place, format } => {
                let store = Database::open_at_read_only(&location(&place)?).await?;
                verify::run(&store, head.as_deref(), format).await
            }
            Command::Release { what, paths, state, sim, trusted } => {
                release::run(&Place { paths, state, sim, trusted }, &what).await
            }
            Command::Unlock { id, place } => {
                let (id, place) = id_or_place(id, place);
                unlock(&Session::mending(&place).await?, id.as_deref()).await
            }
            Command::Pull(place) => {
                pull(&Database::open_at_read_only(&location(&place)?).await?).await
            }
            Command::Push { file: document, force, place } => {
                push(&Database::open_at(&location(&place)?).await?, &document, force).await
            }
            Command::Rm { instances, paths, state, trusted } => {
                let place = Place { paths, state, sim: None, trusted };
                forget(&Session::mending(&place).await?, &instances).await
            }
        }
    })
}

/// Where the state lies; a declaration is read only to learn that.
fn location(place: &Place) -> Result<Location, CliError> {
    let declared = match place.state {
        Some(_) => None,
        None => rdpctl_config::load(&place.paths)?.state,
    };
    state_of(place, declared.as_deref())
}

async fn pull(store: &Database) -> Result<Exit, CliError> {
    let document = store.export().await?;
    let text =
        rdpctl_words::json::to_string(&document).map_err(|error| CliError::from_error(&error))?;
    out::out(&format!("{text}\n"))?;
    Ok(Exit::Done)
}

async fn push(store: &Database, file: &Path, force: bool) -> Result<Exit, CliError> {
    let refused = |error: &dyn std::error::Error| {
        CliError::new(format!("{} is not taken", file.display()))
            .because(error)
            .so("nothing was changed")
            .hint("documents come from `rdpctl state pull`, and --force takes any of them")
    };
    let text = std::fs::read(file)
        .map_err(|error| CliError::new(format!("cannot read {}", file.display())).why(error))?;
    // What is no JSON is refused as it is.
    let text = rdpctl_words::json::unworded(&text).unwrap_or(text);
    let document = Document::parse(&text).map_err(|error| refused(&error))?;
    let replace = if force { Replace::ByAny } else { Replace::OnlyByNewer };
    store.import(document, replace).await.map_err(|error| refused(&error))?;
    out::out("The state was replaced.\n")?;
    Ok(Exit::Done)
}

async fn show(session: &Session, instance: &str) -> Result<Exit, CliError> {
    let name = InstanceName::new(instance);
    let survey =
        session.store.evidence(std::slice::from_ref(&name)).await?.pop().flatten().ok_or_else(
            || {
                CliError::new(format!("nothing is known of {}", safe(instance)))
                    .hint("`rdpctl state list` names what is known")
            },
        )?;
    let text = rdpctl_words::json::to_string_pretty(&survey)
        .map_err(|error| CliError::from_error(&error))?;
    out::out(&format!("{text}\n"))?;
    Ok(Exit::Done)
}

/// The one run whose id begins so.
pub(super) async fn find_run(session: &Session, what: &str) -> Result<Recorded, CliError> {
    let all = session.store.runs(usize::MAX).await?;
    let begins = |run: &&RunRecord| !what.is_empty() && run.id.as_str().starts_with(what);
    let mut found = all.iter().filter(begins);
    let recorded = match (found.next(), found.next()) {
        (Some(one), None) => session.store.run(&one.id).await?,
        (Some(_), Some(_)) => {
            return Err(CliError::new(format!("several runs begin with {}", safe(what)))
                .hint("give more of the id; `rdpctl state history` lists them"));
        }
        (None, _) => None,
    };
    recorded.ok_or_else(|| {
        CliError::new(format!("nothing is known of {}", safe(what))).hint(
            "`rdpctl state list` names what is known, `rdpctl state history` the runs; `rdpctl plan` looks",
        )
    })
}

/// What stands where an id may stand is a declaration where there is one of that name: ids are not names of files.
fn id_or_place(id: Option<String>, mut place: Place) -> (Option<String>, Place) {
    match id {
        Some(word) if Path::new(&word).exists() => {
            place.paths = vec![PathBuf::from(word)];
            (None, place)
        }
        id => (id, place),
    }
}

async fn unlock(session: &Session, id: Option<&str>) -> Result<Exit, CliError> {
    let held = session.store.holders().await?;
    if held.is_empty() {
        out::out("The state is not locked.\n")?;
        return Ok(Exit::Done);
    }
    let words =
        |holding: &Holding| safe(&format!("held by {holding}, id {}", holding.token)).into_owned();
    let named = id.and_then(|id| held.iter().find(|holding| holding.token.to_string() == id));
    if let Some(holding) = named {
        session.store.release(&holding.token).await?;
        out::out(&format!("Given back; it was {}.\n", words(holding)))?;
        return Ok(Exit::Done);
    }
    let all: Vec<String> = held.iter().map(words).collect();
    let all = all.join("; ");
    Err(match (id, held.first()) {
        (None, Some(first)) => CliError::new(format!("the lock is {all}"))
            .hint(format!("if its holder is gone for good: rdpctl state unlock {}", first.token)),
        (Some(_) | None, _) => CliError::new(format!("the lock has another id; it is {all}")),
    })
}

async fn forget(session: &Session, instances: &[String]) -> Result<Exit, CliError> {
    let names: Vec<InstanceName> = instances.iter().map(InstanceName::new).collect();
    let forgotten = session.store.forget(&Author::Looker, &names).await?;
    out::out(&format!(
        "{} forgotten.\n",
        crate::report::words::count(usize::try_from(forgotten).unwrap_or(usize::MAX), "instance")
    ))?;
    if forgotten == 0 { Ok(Exit::Partial) } else { Ok(Exit::Done) }
}
