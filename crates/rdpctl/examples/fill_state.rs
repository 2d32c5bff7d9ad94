//! Fills a state with facts about a fleet, as surveys of so many instances would have left it, for measuring warm plans.
//!
//! `fill_state DECLARATION STATE SURVEY.json COUNT DRIFTED-PERCENT`: every instance has the survey's evidence, and of
//! the drifted ones the service, the firewall rule and the deny flag in turn are not as declared.

use std::error::Error;
use std::path::PathBuf;

use rdpctl_contract::Memory as _;
use rdpctl_engine::Estate;
use rdpctl_model::facts::{Change, Chunk, Facts, Known, News, Row, Stamp, Which};
use rdpctl_model::guest::{KeyAnswer, RegData};
use rdpctl_model::{Survey, Worlds};
use rdpctl_store::Database;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [declaration, state, survey, count, drifted] = args.as_slice() else {
        return Err("DECLARATION STATE SURVEY.json COUNT DRIFTED-PERCENT".into());
    };
    let (count, drifted): (usize, f64) = (count.parse()?, drifted.parse()?);
    let declaration = rdpctl_config::load(&[PathBuf::from(declaration)])
        .map_err(|_| "the declaration is not valid")?;
    let estate = Estate {
        providers: declaration
            .providers
            .iter()
            .map(|(name, provider)| (name.clone(), provider.kind()))
            .collect(),
        profiles: declaration.profiles.clone(),
        instances: Vec::new(),
        fleets: declaration.fleets.values().cloned().collect(),
        guards: declaration.guards.clone(),
        accepts: Vec::new(),
        digest: declaration.digest(),
    };
    let source = estate.sources().next().ok_or("the declaration has no fleet")?;
    let healthy: Survey = serde_json::from_slice(&std::fs::read(survey)?)?;
    let variants: Vec<News> = std::iter::once(healthy.clone())
        .chain(broken(&healthy))
        .map(|survey| rdpctl_facets::news(&survey, Worlds::ALL))
        .collect();
    let mut facts = Facts::default();
    let mut rows = Chunk::new(source.key.clone(), Some(source.provider.clone()));
    let mut broken_so_far = 0.0;
    for index in 0..count {
        let due = f64::from(u32::try_from(index + 1)?) * drifted / 100.0;
        let variant = if broken_so_far + 1.0 <= due {
            broken_so_far += 1.0;
            1 + index % (variants.len() - 1)
        } else {
            0
        };
        let known = facts.take(Known::default(), &variants[variant]);
        let (id, name) = (format!("ins-{index:08x}"), format!("node-{index:06}"));
        rows.push(Row { id: &id, name: &name, known });
    }
    let store = Database::open(state)?;
    let at = Stamp::of(healthy.taken_at);
    let update = facts.update(vec![Change::whole(rows, at)], Which::All);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(store.learn(&rdpctl_contract::Author::Looker, update))?;
    Ok(())
}

/// The same machine with one thing wrong, each in another facet.
fn broken(healthy: &Survey) -> Vec<Survey> {
    let change = |key: &str, name: &str, data: RegData| {
        let mut survey = healthy.clone();
        if let Ok(guest) = &mut survey.guest
            && let Some(KeyAnswer::Present(values)) = guest.registry.keys.get_mut(key)
        {
            values.insert(name.to_owned(), data);
        }
        survey
    };
    vec![
        change(
            r"hklm\system\currentcontrolset\control\terminal server",
            "fdenytsconnections",
            RegData::Dword(1),
        ),
        change(
            r"hklm\system\currentcontrolset\control\terminal server\winstations\rdp-tcp",
            "userauthentication",
            RegData::Dword(0),
        ),
        change(
            r"hklm\system\currentcontrolset\control\terminal server\winstations\rdp-tcp",
            "portnumber",
            RegData::Dword(3390),
        ),
    ]
}
