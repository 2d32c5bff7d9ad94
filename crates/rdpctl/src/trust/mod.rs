//! Between a declaration and the world: what it asks for is held against what somebody granted, and what nobody granted
//! is taken out before anything is wired.

mod closed_cloud;
mod place;
mod question;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rdpctl_config::Declaration;
use rdpctl_model::ProviderName;
use rdpctl_trust::{Ask, Closed, Ground, Receiver, Wish, sentence, wishes};
use rdpctl_words::english;

use crate::arguments::Trusted;
use crate::error::CliError;
use crate::wiring;
pub(crate) use closed_cloud::ClosedCloud;
pub(crate) use place::Kept;
pub(crate) use question::{AtTerminal, ask_all};

/// What a declaration asks for, and what is granted of it.
pub(crate) struct Trust {
    /// All that it asks for.
    pub(crate) wishes: Vec<Wish>,
    /// The grants.
    pub(crate) kept: Kept,
}

impl Trust {
    /// Reads the grants and holds the declaration against them. Accounts that a receiver stands in are asked for, each
    /// once, and only where the provider itself is free or granted.
    pub(crate) async fn of(
        declaration: &Declaration,
        paths: &[PathBuf],
        grants: Option<&Path>,
        ask_account: impl AsyncFn(&ProviderName) -> Option<String>,
    ) -> Result<Self, CliError> {
        let trees = trees(paths);
        let kept = Kept::read(grants, &trees)?;
        let mut accounts = BTreeMap::new();
        let first = read(declaration, &accounts, &trees);
        let needed = needed(&first, declaration);
        if !needed.is_empty() {
            let mut open = declaration.clone();
            Closed::by(&first, &kept.grants).close(&mut open);
            for name in needed {
                let is_open =
                    open.providers.get(&name).is_some_and(|provider| provider.closed.is_none());
                if is_open && let Some(account) = ask_account(&name).await {
                    accounts.insert(name, account);
                }
            }
        }
        let wishes = if accounts.is_empty() { first } else { read(declaration, &accounts, &trees) };
        Ok(Self { wishes, kept })
    }

    /// The wishes that no grant covers, but could.
    pub(crate) fn open_wishes(&self) -> Vec<&Wish> {
        self.wishes
            .iter()
            .filter(|wish| wish.never.is_none() && !self.kept.grants.allows(&wish.ask))
            .collect()
    }

    /// What is granted of it, in sentences, each once.
    fn granted(&self) -> Vec<String> {
        let allowed = |wish: &&Wish| wish.never.is_none() && self.kept.grants.allows(&wish.ask);
        let granted: BTreeSet<String> =
            self.wishes.iter().filter(allowed).map(|wish| english(&sentence(&wish.ask))).collect();
        granted.into_iter().collect()
    }

    /// What stays shut.
    pub(crate) fn closed(&self) -> Closed {
        Closed::by(&self.wishes, &self.kept.grants)
    }
}

/// All that a declaration asks for, without asking anybody anything.
pub(crate) fn asked(declaration: &Declaration, paths: &[PathBuf]) -> Vec<Wish> {
    read(declaration, &BTreeMap::new(), &trees(paths))
}

fn read(
    declaration: &Declaration,
    accounts: &BTreeMap<ProviderName, String>,
    trees: &[PathBuf],
) -> Vec<Wish> {
    wishes(declaration, &Ground { accounts, resolve: &real, trees })
}

/// Providers in whose accounts a receiver stands.
fn needed(wishes: &[Wish], declaration: &Declaration) -> Vec<ProviderName> {
    let in_account = |wish: &&Wish| match &wish.ask {
        Ask::Secret { to: Receiver::Instance { .. } | Receiver::Selected { .. }, .. }
        | Ask::FleetDisks { .. } => true,
        Ask::Secret { to: Receiver::Host { .. } | Receiver::Api { .. }, .. }
        | Ask::Host { .. }
        | Ask::Identity { .. }
        | Ask::Endpoint { .. }
        | Ask::Proxy { .. }
        | Ask::File { .. }
        | Ask::Disk { .. }
        | Ask::VmDisk { .. }
        | Ask::Enforce { .. }
        | Ask::Webhook { .. }
        | Ask::Page { .. }
        | Ask::State { .. } => false,
    };
    let mut names: Vec<ProviderName> = wishes
        .iter()
        .filter(in_account)
        .filter_map(|wish| wish.provider(declaration).cloned())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The work trees that the declaration lies in: the repository's, where there is one, else the folder.
pub(crate) fn trees(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut trees: Vec<PathBuf> = paths.iter().map(|path| tree(path)).collect();
    trees.sort_unstable();
    trees.dedup();
    trees
}

fn tree(path: &Path) -> PathBuf {
    let start = real(path);
    let folder = if start.is_dir() { start.as_path() } else { start.parent().unwrap_or(&start) };
    folder.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(folder).to_owned()
}

/// A declaration as far as it may be used.
pub(crate) struct Opened {
    /// Without what nobody granted.
    pub(crate) declaration: Declaration,
    /// What somebody granted of what it asks for, in sentences.
    pub(crate) granted: Vec<String>,
}

/// Reads the declaration of a command that looks at the world, with all taken out of it that nobody granted. On a
/// terminal what could be granted is asked for on the spot. Under `--sim` nothing real is touched, and nothing is asked.
pub(crate) async fn declaration(
    paths: &[PathBuf],
    sim: Option<&Path>,
    trusted: &Trusted,
) -> Result<Opened, CliError> {
    opened(paths, sim, trusted, Asking::OnTheSpot).await
}

/// The same for a command that goes on by itself: what is not granted stays shut, and nobody is asked.
pub(crate) async fn declaration_unasked(
    paths: &[PathBuf],
    sim: Option<&Path>,
    trusted: &Trusted,
) -> Result<Opened, CliError> {
    opened(paths, sim, trusted, Asking::Nobody).await
}

/// Who is asked for what could be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    /// Whoever sits at the terminal.
    OnTheSpot,
    /// Nobody.
    Nobody,
}

async fn opened(
    paths: &[PathBuf],
    sim: Option<&Path>,
    trusted: &Trusted,
    asking: Asking,
) -> Result<Opened, CliError> {
    let mut declaration = rdpctl_config::load(paths)?;
    if sim.is_some() {
        return Ok(Opened { declaration, granted: Vec::new() });
    }
    let (closed, granted) = if trusted.untrusted {
        (Closed::untrusted(&asked(&declaration, paths)), Vec::new())
    } else {
        let account = async |name: &ProviderName| wiring::account(&declaration, name).await;
        let mut trust = Trust::of(&declaration, paths, trusted.grants.as_deref(), account).await?;
        if asking == Asking::OnTheSpot {
            trust.offer().await?;
        }
        (trust.closed(), trust.granted())
    };
    closed.close(&mut declaration);
    rdpctl_trust::settle(&mut declaration, &real);
    Ok(Opened { declaration, granted })
}

/// Demands that a state which only the declaration names was granted.
pub(crate) fn demand_state(
    url: &str,
    paths: &[PathBuf],
    trusted: &Trusted,
) -> Result<(), CliError> {
    let ask = Ask::State { url: url.to_owned() };
    let granted = !trusted.untrusted
        && Kept::read(trusted.grants.as_deref(), &trees(paths))?.grants.allows(&ask);
    if granted {
        return Ok(());
    }
    Err(CliError::new(format!("not granted: {}", english(&sentence(&ask)))).hint(
        "`rdpctl trust` grants it after a yes; --state names a state from outside the declaration",
    ))
}

/// What a path leads to; one that leads nowhere stays as it is written.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

impl Trust {
    /// Asks for what is not granted where somebody can answer, and remembers what he said yes to.
    async fn offer(&mut self) -> Result<(), CliError> {
        let open: Vec<Wish> = self.open_wishes().into_iter().cloned().collect();
        if open.is_empty() || !AtTerminal::is_there() {
            return Ok(());
        }
        let open: Vec<&Wish> = open.iter().collect();
        let Some(granted) = ask_all(&open, &AtTerminal).await? else {
            return Err(CliError::new("nothing was granted, and nothing was done"));
        };
        for ask in &granted {
            self.kept.grants.add(ask);
        }
        if granted.is_empty() { Ok(()) } else { self.kept.write() }
    }
}
