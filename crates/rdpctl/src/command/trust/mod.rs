//! `rdpctl trust`: what a declaration asks for that its author may not give himself, granted after a yes.

mod token;

use std::io::IsTerminal;
use std::path::PathBuf;

use rdpctl_trust::{Grants, Wish, sentence};
use rdpctl_words::english;

use crate::arguments::Place;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::trust::{AtTerminal, Kept, Trust, ask_all, trees};
use crate::wiring;

/// Arguments of `trust`.
#[derive(clap::Args)]
#[command(
    after_help = "A declaration asks, a person grants. Free is the default chain of credentials towards the vendor's own endpoints; a secret with whoever would receive it, a program, a host, an endpoint, a named identity or a state elsewhere is asked for, once, and remembered outside of the work tree.\n\nExit codes: 0 everything is granted, 3 something is not.\n\nExamples:\n  rdpctl trust                     # asks, one question for one secret\n  rdpctl trust --print >> new.toml # the lines that would grant it, for a review\n  rdpctl trust --list\n  rdpctl trust --revoke env:WEB01_PASSWORD\n  rdpctl trust token ana --may read,pause,reboot   # for the page of `rdpctl run`",
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    place: Place,
    /// Print the lines that would grant what is not granted yet, and ask nothing
    #[arg(long, conflicts_with_all = ["list", "revoke"])]
    print: bool,
    /// Print what is granted
    #[arg(long, conflicts_with = "revoke")]
    list: bool,
    /// Take back every grant that names this reference, host, endpoint, identity, file, state or token
    #[arg(long, value_name = "WHAT")]
    revoke: Option<String>,
}

/// What else is trusted than declarations.
#[derive(clap::Subcommand)]
enum Command {
    /// Make a token for one person, who may do so much on the page of `rdpctl run`
    Token(token::TokenArgs),
}

/// Runs `trust`.
pub(crate) fn run(args: Args) -> Result<Exit, CliError> {
    if let Some(Command::Token(token)) = args.command {
        return token::run(token);
    }
    if args.list || args.revoke.is_some() {
        return kept(&args);
    }
    crate::runtime::runtime()?.block_on(async {
        let declaration = rdpctl_config::load(&args.place.paths)?;
        let account =
            async |name: &rdpctl_model::ProviderName| wiring::account(&declaration, name).await;
        let grants = args.place.trusted.grants.as_deref();
        let mut trust = Trust::of(&declaration, &args.place.paths, grants, account).await?;
        let open: Vec<Wish> = trust.open_wishes().into_iter().cloned().collect();
        let open: Vec<&Wish> = open.iter().collect();
        if args.print {
            out::out(&lines(&open)?)?;
            return Ok(ended(&trust));
        }
        never(&trust);
        if open.is_empty() {
            out::out(&format!("{}\n", nothing(&trust)))?;
            return Ok(ended(&trust));
        }
        if !std::io::stdin().is_terminal() {
            for wish in &open {
                out::out(&format!("{}\n", told(wish)))?;
            }
            return Err(CliError::new("there is no terminal to ask on; nothing was granted").hint(
                "rdpctl trust --print shows the lines for a grants file, which --grants FILE names",
            ));
        }
        let Some(granted) = ask_all(&open, &AtTerminal).await? else {
            return Err(CliError::new("nothing was granted"));
        };
        for ask in &granted {
            trust.kept.grants.add(ask);
        }
        if !granted.is_empty() {
            trust.kept.write()?;
            out::out(&format!("granted {} in {}\n", granted.len(), trust.kept.path.display()))?;
        }
        Ok(ended(&trust))
    })
}

/// What is granted, whatever any declaration asks.
fn kept(args: &Args) -> Result<Exit, CliError> {
    let mut kept = Kept::read(args.place.trusted.grants.as_deref(), &trees(&args.place.paths))?;
    let Some(what) = &args.revoke else {
        out::out(&kept.grants.render().map_err(|error| CliError::from_error(&error))?)?;
        return Ok(Exit::Done);
    };
    let gone = kept.grants.revoke_named(what);
    if gone == 0 {
        return Err(CliError::new(format!("nothing that is granted names `{}`", safe(what)))
            .hint("`rdpctl trust --list` shows what is granted"));
    }
    kept.write()?;
    out::out(&format!("took back {gone} in {}\n", kept.path.display()))?;
    Ok(Exit::Done)
}

fn lines(open: &[&Wish]) -> Result<String, CliError> {
    let mut grants = Grants::default();
    for wish in open {
        grants.add(&wish.ask);
    }
    grants.render().map_err(|error| CliError::from_error(&error))
}

/// Says what no grant can open.
fn never(trust: &Trust) {
    for wish in &trust.wishes {
        if let Some(why) = wish.never_because() {
            out::err(&format!("{}: {}", told(wish), english(&why)));
        }
    }
}

fn told(wish: &Wish) -> String {
    let at = wish
        .at
        .as_ref()
        .map_or_else(String::new, |at| format!("{}:{}: ", at.file.display(), at.line));
    safe(&format!("{at}{}", english(&sentence(&wish.ask)))).into_owned()
}

fn nothing(trust: &Trust) -> String {
    if trust.wishes.is_empty() {
        "This declaration asks for nothing that needs a grant.".to_owned()
    } else if trust.closed().is_empty() {
        "Everything that this declaration asks for is granted.".to_owned()
    } else {
        "Nothing is left that a grant could open.".to_owned()
    }
}

fn ended(trust: &Trust) -> Exit {
    if trust.closed().is_empty() { Exit::Done } else { Exit::Partial }
}

/// Used by `validate`: what a declaration asks for, a line each, without asking anybody.
pub(crate) fn asked(declaration: &rdpctl_config::Declaration, paths: &[PathBuf]) -> Vec<String> {
    crate::trust::asked(declaration, paths).iter().map(told).collect()
}
