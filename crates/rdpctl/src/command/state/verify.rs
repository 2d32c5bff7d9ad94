//! `rdpctl state verify`: whether the journal is what was written.

use rdpctl_store::{Database, Verified};
use serde_json::json;

use super::Format;
use crate::error::CliError;
use crate::exit::Exit;
use crate::out::{self, safe};
use crate::report::words::count;

pub(super) async fn run(
    store: &Database,
    head: Option<&str>,
    format: Format,
) -> Result<Exit, CliError> {
    let verified = store.verify(head).await?;
    let (text, object, exit) = match verified {
        Verified::Whole { lines, head } => {
            let counted = count(usize::try_from(lines).unwrap_or(usize::MAX), "line");
            let text = format!(
                "The journal is whole: {counted}, head {head}\nWrite the head down elsewhere; `rdpctl state verify --head` finds it again in any later journal.\n"
            );
            let object = json!({ "format": 1, "verified": "whole", "lines": lines, "head": head });
            (text, object, Exit::Done)
        }
        Verified::Changed { what } => {
            let text = format!("The journal was changed: {}\n", safe(&what));
            (text, json!({ "format": 1, "verified": "changed", "what": what }), Exit::Error)
        }
    };
    match format {
        Format::Text => out::out(&text)?,
        Format::Json => out::out(&format!("{object}\n"))?,
    }
    Ok(exit)
}
