//! Filters: names with values; different names must all match, values of one name are alternatives.

use serde::Serialize;

/// A condition of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Filter {
    /// What is compared.
    pub name: String,
    /// With what.
    pub values: Vec<String>,
}

impl Filter {
    /// A condition.
    pub fn new<V: Into<String>>(
        name: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Self { name: name.into(), values: values.into_iter().map(Into::into).collect() }
    }
}
