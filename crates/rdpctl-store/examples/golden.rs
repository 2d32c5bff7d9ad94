//! Writes the golden state file of today's format from its golden document. For a format that is not released yet:
//! what a release has written stays as it is.
//!
//! `cargo run -p rdpctl-store --example golden -- state/golden/v1`

use std::path::PathBuf;

use rdpctl_store::{Database, Document, Replace};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("which folder?")?);
    let document = Document::parse(&std::fs::read(folder.join("export.json"))?)?;
    let state = folder.join("state.db");
    if state.exists() {
        std::fs::remove_file(&state)?;
    }
    let told = document.head.clone();
    let store = Database::open(&state)?;
    store.import(document, Replace::ByAny).await?;
    let head = store.export().await?.head;
    if head != told {
        return Err(
            format!("the document's \"head\" has to be {head}; write that and run again").into()
        );
    }
    Ok(())
}
