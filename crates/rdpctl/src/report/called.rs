//! What people call machines: members of fleets by what their owner calls them, not by their ids.

use std::collections::BTreeMap;

use rdpctl_model::InstanceName;
use rdpctl_model::plan::Group;

/// Names of machines by which plans know them, with what people call them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Called(BTreeMap<InstanceName, String>);

impl Called {
    /// The members of these groups.
    pub(crate) fn of(groups: &[Group]) -> Self {
        let mut called = Self::default();
        called.add(groups);
        called
    }

    /// The members of these groups, too.
    pub(crate) fn add(&mut self, groups: &[Group]) {
        for member in groups.iter().flat_map(|group| &group.members) {
            if !member.display.is_empty() {
                self.0.insert(member.name.clone(), member.called().into_owned());
            }
        }
    }

    /// What somebody is called; whom nobody calls otherwise by his name.
    pub(crate) fn name<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }
}
