//! Environment variables: names without regard to case, cheap to copy into a child.

use std::collections::BTreeMap;
use std::rc::Rc;

/// The variables of one interpreter.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment {
    variables: Rc<BTreeMap<String, (String, String)>>,
}

impl Environment {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = if name.bytes().any(|byte| byte.is_ascii_lowercase()) || !name.is_ascii() {
            self.variables.get(&name.to_uppercase())
        } else {
            self.variables.get(name)
        };
        found.map(|(_, value)| value.as_str())
    }

    /// Sets a variable; an empty value removes it.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        let variables = Rc::make_mut(&mut self.variables);
        let key = name.to_uppercase();
        if value.is_empty() {
            variables.remove(&key);
        } else {
            variables.insert(key, (name.to_owned(), value.to_owned()));
        }
    }

    /// All variables whose names begin so, in order.
    pub(super) fn starting_with(&self, prefix: &str) -> Vec<(String, String)> {
        let prefix = prefix.to_uppercase();
        self.variables
            .iter()
            .filter(|(key, _)| key.starts_with(&prefix))
            .map(|(_, (name, value))| (name.clone(), value.clone()))
            .collect()
    }
}
