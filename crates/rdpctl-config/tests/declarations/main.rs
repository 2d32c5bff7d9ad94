//! Declarations, from the street: what is understood, and what a person reads when something is not.

mod bad_accounts;
mod bad_files;
mod bad_guest;
mod bad_names;
mod bad_provider;
mod bad_values;
mod files;
mod good;
mod layout;
mod schema;

use rdpctl_config::{Declaration, Diagnostics, Source, parse};

/// A declaration in one file.
fn declared(text: &str) -> Declaration {
    match parse(vec![Source::new("fleet.toml", text)]) {
        Ok(declaration) => declaration,
        Err(diagnostics) => panic!("{diagnostics}"),
    }
}

/// What is said about one file that is refused.
fn refused(text: &str) -> Diagnostics {
    match parse(vec![Source::new("fleet.toml", text)]) {
        Ok(_) => panic!("this should have been refused:\n{text}"),
        Err(diagnostics) => diagnostics,
    }
}

/// The rendered complaints about one file.
fn said(text: &str) -> String {
    refused(text).to_string()
}

/// The same, of an instance with a provider and all that it needs, and these lines more.
fn said_of_instance(lines: &str) -> String {
    said(&format!(
        "provider.gz = {{ kind = \"tencent\", region = \"ap-guangzhou\" }}\n[instance.web-01]\nprovider = \"gz\"\n{lines}"
    ))
}
