//! `rdpctl trust token`: makes a token for one person, who may do so much on the page. It is shown once.

use rdpctl_model::scope::{NoScope, Scope};
use rdpctl_trust::Token;

use crate::arguments::Place;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out;
use crate::secret_of_page;
use crate::trust::{Kept, trees};

/// Arguments of `trust token`.
#[derive(clap::Args)]
#[command(
    after_help = "What may be done: read (where not everybody may who can reach the page), survey, pause, stop, undo, and what a guard asks about, by the guard's name. The page itself grants nothing.\n\nExamples:\n  rdpctl trust token ana                          # reads\n  rdpctl trust token ben --may read,pause,reboot  # and may allow reboots\n  rdpctl trust --revoke ben                       # at once, also where he is signed in"
)]
pub(crate) struct TokenArgs {
    /// Whose it is: one token for one person
    name: String,
    /// What may be done with it
    #[arg(long, value_name = "SCOPE", value_delimiter = ',', default_value = "read", value_parser = scope)]
    may: Vec<Scope>,
    #[command(flatten)]
    place: Place,
}

fn scope(text: &str) -> Result<Scope, String> {
    text.parse().map_err(|error: NoScope| error.to_string())
}

/// Runs `trust token`.
pub(super) fn run(args: TokenArgs) -> Result<Exit, CliError> {
    let mut kept = Kept::read(args.place.trusted.grants.as_deref(), &trees(&args.place.paths))?;
    let mut may = args.may;
    may.sort_unstable();
    may.dedup();
    let secret = secret_of_page::fresh()?;
    let wrong = |error: rdpctl_trust::GrantsError| {
        CliError::from_error(&error).hint("`rdpctl trust --list` shows those that there are")
    };
    let token = Token::new(&args.name, secret_of_page::digest(&secret), may).map_err(wrong)?;
    let words: Vec<&str> = token.may().iter().map(|scope| scope.name()).collect();
    let words = words.join(", ");
    kept.grants.add_token(token).map_err(wrong)?;
    kept.write()?;
    out::err(&format!(
        "{} may {words}: noted in {} by a hash alone. This is the token; it is shown once:",
        args.name,
        kept.path.display()
    ));
    out::out(&format!("{secret}\n"))?;
    Ok(Exit::Done)
}
