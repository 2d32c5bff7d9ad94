//! `rdpctl state release`: gives back what rdpctl made and keeps for a time, or made for those who are declared no more.

use rdpctl_contract::store::Made;
use rdpctl_engine::give_back;
use rdpctl_engine::run::Stops;
use rdpctl_model::outcome::CreatedKind;

use crate::arguments::Place;
use crate::command::apply::hold;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt;
use crate::out::{self, safe};
use crate::session::Session;

pub(super) async fn run(place: &Place, what: &[String]) -> Result<Exit, CliError> {
    let session = Session::open(place).await?;
    let stops = Stops::default();
    let held = hold(&session, "state release", &stops).await?;
    interrupt::watch(&stops);
    let ended = async {
        let chosen = chosen(&session, what).await?;
        if chosen.is_empty() {
            out::out("Nothing is to be given back.\n")?;
            return Ok(Exit::Done);
        }
        let all = chosen.len();
        let gone = crate::give_back::give_back(&session, held.permit(), chosen, &stops).await?;
        Ok(if gone == all { Exit::Done } else { Exit::Partial })
    }
    .await;
    held.release().await?;
    ended
}

/// What is named, or all whose time is over.
async fn chosen(session: &Session, what: &[String]) -> Result<Vec<Made>, CliError> {
    if what.is_empty() {
        let store = session.store.as_ref();
        return Ok(give_back::overdue(&session.estate, &session.hands()?, store).await?);
    }
    let made = session.store.created().await?;
    let orphaned = give_back::orphaned(&session.estate, made.clone());
    // By its address somebody is reached who is declared to be.
    let is_in_use =
        |one: &Made| one.created.kind == CreatedKind::Address && !orphaned.contains(one);
    let mut chosen: Vec<Made> = Vec::new();
    for name in what {
        let is_named =
            |one: &&Made| one.created.id.as_str() == name || one.subject.to_string() == *name;
        let found: Vec<Made> = made.iter().filter(is_named).cloned().collect();
        if found.is_empty() {
            return Err(CliError::new(format!("nothing on record is called {}", safe(name)))
                .hint("`rdpctl state list` shows what was made, with its id and for whom"));
        }
        if let Some(address) =
            found.iter().find(|one| is_in_use(one) && one.created.id.as_str() == name)
        {
            return Err(CliError::new(format!(
                "{} is the address of {}, which is declared",
                safe(name),
                safe(&address.subject.to_string())
            ))
            .hint("`rdpctl undo` gives it back with the run that obtained it; what is declared no more is released here"));
        }
        let found = found.into_iter().filter(|one| !is_in_use(one));
        chosen.extend(found.filter(|one| !chosen.contains(one)).collect::<Vec<_>>());
    }
    Ok(chosen)
}
