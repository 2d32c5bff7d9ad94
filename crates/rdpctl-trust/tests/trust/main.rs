//! What a declaration asks for, what a grant covers, and what stays shut, as a reader of both files sees it.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as the test would")]

mod attacks;
mod grants;
mod wishes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rdpctl_config::{Declaration, Source, parse};
use rdpctl_model::ProviderName;
use rdpctl_trust::{Closed, Grants, Ground, Wish, wishes};
use rdpctl_words::english;

const ACCOUNT: &str = "100012345678";
const TREE: &str = "/work/tree";

fn declared(text: &str) -> Declaration {
    parse(vec![Source::new("web.toml", text)]).unwrap_or_else(|wrong| {
        panic!("{}", wrong.render(rdpctl_config::Paint::Plain));
    })
}

/// The wishes of a declaration whose providers all belong to one account, and whose links lead where this says.
fn asked_with(text: &str, account: &str, resolve: &dyn Fn(&Path) -> PathBuf) -> Vec<Wish> {
    let declaration = declared(text);
    let accounts: BTreeMap<ProviderName, String> =
        declaration.providers.keys().map(|name| (name.clone(), account.to_owned())).collect();
    wishes(&declaration, &Ground { accounts: &accounts, resolve, trees: &[PathBuf::from(TREE)] })
}

fn asked(text: &str) -> Vec<Wish> {
    asked_with(text, ACCOUNT, &Path::to_path_buf)
}

/// Place and sentence of each wish, a line each.
fn sentences(text: &str) -> String {
    asked(text)
        .iter()
        .map(|wish| {
            let at = wish
                .at
                .as_ref()
                .map_or_else(String::new, |at| format!("{}:{}: ", at.file.display(), at.line));
            let never = wish
                .never_because()
                .map_or_else(String::new, |why| format!("\n  never: {}", english(&why)));
            format!("{at}{}{never}\n", english(&rdpctl_trust::sentence(&wish.ask)))
        })
        .collect()
}

/// The declaration with what these grants leave shut taken out of it.
fn opened(text: &str, grants: &str) -> Declaration {
    let mut declaration = declared(text);
    Closed::by(&asked(text), &Grants::parse(grants).unwrap()).close(&mut declaration);
    declaration
}
