//! Clouds that did not answer while they were looked at: one cause is one error, with all providers that it concerns.

use std::collections::BTreeMap;

use rdpctl_config::Declaration;
use rdpctl_contract::CloudError;
use rdpctl_model::ProviderName;

use super::CliError;

/// Where providers are declared: the file and the line.
pub(crate) type Places = BTreeMap<ProviderName, (String, u32)>;

/// Where a declaration's providers stand.
pub(crate) fn places(declaration: &Declaration) -> Places {
    let place = |name: &ProviderName| {
        let origin = declaration.origin_of_provider(name)?;
        Some((name.clone(), (origin.file.display().to_string(), origin.line)))
    };
    declaration.providers.keys().filter_map(place).collect()
}

/// What did not answer and was not told yet. It is told when whoever holds it lets go, at the latest.
#[derive(Debug, Default)]
pub(crate) struct Untold {
    places: Places,
    silent: Vec<(ProviderName, CloudError)>,
}

impl Untold {
    /// Nothing yet.
    pub(crate) const fn new(places: Places) -> Self {
        Self { places, silent: Vec::new() }
    }

    /// One more.
    pub(crate) fn add(&mut self, provider: ProviderName, error: CloudError) {
        self.silent.push((provider, error));
    }

    /// They as errors.
    fn errors(&self) -> Vec<CliError> {
        let mut causes: Vec<(CliError, Vec<&ProviderName>)> = Vec::new();
        for (provider, error) in &self.silent {
            let error = CliError::from(error.clone());
            match causes.iter_mut().find(|(known, _)| *known == error) {
                Some((_, providers)) => providers.push(provider),
                None => causes.push((error, vec![provider])),
            }
        }
        causes.into_iter().map(|(error, providers)| self.of(error, &providers)).collect()
    }

    fn of(&self, error: CliError, providers: &[&ProviderName]) -> CliError {
        let names: Vec<String> = providers.iter().map(|name| format!("`{name}`")).collect();
        let whom = match names.as_slice() {
            [only] => format!("for the provider {only}"),
            many => format!("for the providers {}", many.join(", ")),
        };
        let message = format!("{} {whom}", error.message);
        let error = CliError { message, ..error };
        let mut lines: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (file, line) in providers.iter().filter_map(|name| self.places.get(*name)) {
            lines.entry(file).or_default().push(*line);
        }
        let files: Vec<String> = lines
            .into_iter()
            .map(|(file, lines)| {
                let lines: Vec<String> = lines.iter().map(|line| format!(":{line}")).collect();
                format!("{file}{}", lines.join(" and "))
            })
            .collect();
        let error = if files.is_empty() { error } else { error.at(files.join(", ")) };
        error.so("what is there is unknown; what was seen before is not acted upon")
    }

    /// Tells them.
    pub(crate) fn tell(&mut self) {
        for error in self.errors() {
            error.tell();
        }
        self.silent.clear();
    }
}

impl Drop for Untold {
    fn drop(&mut self) {
        self.tell();
    }
}

#[cfg(test)]
mod tests {
    use rdpctl_term::{View, lay};

    use super::*;

    #[test]
    fn one_cause_is_told_once_over_providers() {
        let cause = || rdpctl_contract::Cause::of(std::io::Error::other("connection refused"));
        let endpoint = || rdpctl_model::Said::quoted("http://127.0.0.1:9".to_owned());
        let lost = || CloudError::Unreachable { endpoint: endpoint(), source: cause() };
        let name = |name: &str| ProviderName::new(name);
        let mut untold = Untold::new(Places::from([
            (name("gz"), ("rdp.toml".to_owned(), 4)),
            (name("gz-legacy"), ("rdp.toml".to_owned(), 8)),
        ]));
        untold.add(name("gz"), lost());
        untold.add(name("gz-legacy"), lost());
        let errors = untold.errors();
        assert_eq!(errors.len(), 1);
        insta::assert_snapshot!(lay(&errors[0].page(), &View::plain()), @r"
        error: cannot reach http://127.0.0.1:9 for the providers `gz`, `gz-legacy`
          where  rdp.toml:4 and :8
          why    connection refused
          so     what is there is unknown; what was seen before is not acted upon
          do     check the provider's region and endpoint, and the network from here
        ");
        untold.silent.clear();
    }
}
