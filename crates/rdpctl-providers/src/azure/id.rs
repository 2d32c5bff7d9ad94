//! ARM ids: compared without case, shown as `group/name`.

use rdpctl_model::ResourceId;

/// The parts of an id that messages and paths need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ArmId {
    /// The whole id.
    pub(super) path: String,
    /// The resource group.
    pub(super) group: String,
    /// The name.
    pub(super) name: String,
}

impl ArmId {
    /// Reads an id of something in a resource group; none for anything else.
    pub(super) fn parse(id: &str) -> Option<Self> {
        let mut parts = id.strip_prefix('/')?.split('/');
        let is = |part: Option<&str>, word: &str| {
            part.is_some_and(|part| part.eq_ignore_ascii_case(word))
        };
        if !is(parts.next(), "subscriptions") {
            return None;
        }
        parts.next()?;
        if !is(parts.next(), "resourceGroups") {
            return None;
        }
        let group = parts.next()?.to_owned();
        let name = id.rsplit('/').next()?.to_owned();
        // What is put into a path must be one.
        let plain =
            id.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#%\\\"'<>".contains(&byte));
        (plain && !group.is_empty() && !name.is_empty()).then(|| Self {
            path: id.to_owned(),
            group,
            name,
        })
    }

    /// The same of a VM, a rule set, an address.
    pub(super) fn of(id: &ResourceId) -> Option<Self> {
        Self::parse(id.as_str())
    }

    /// The id of something else in the same group and subscription.
    pub(super) fn sibling(&self, kind: &str, name: &str) -> String {
        let head = self.path.to_ascii_lowercase().find("/providers/");
        let head = head.map_or(self.path.as_str(), |at| &self.path[..at]);
        format!("{head}/providers/{kind}/{name}")
    }

    /// As people read it.
    pub(super) fn short(&self) -> String {
        format!("{}/{}", self.group, self.name)
    }
}

/// An id by which things are compared.
pub(super) fn key(id: &str) -> String {
    id.to_ascii_lowercase()
}

/// An id as people read it.
pub(super) fn short(id: &str) -> String {
    ArmId::parse(id).map_or_else(|| id.to_owned(), |id| id.short())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_shown_by_its_group_and_name() {
        let id =
            "/subscriptions/s/resourcegroups/Prod/providers/Microsoft.Compute/virtualMachines/web";
        assert_eq!(short(id), "Prod/web");
        assert_eq!(
            ArmId::parse(id).unwrap().sibling("Microsoft.Network/publicIPAddresses", "web-rdpctl"),
            "/subscriptions/s/resourcegroups/Prod/providers/Microsoft.Network/publicIPAddresses/web-rdpctl"
        );
        for bad in ["", "ins-1", "/subscriptions/s", "/subscriptions/s/resourceGroups/g/x?y"] {
            assert_eq!(ArmId::parse(bad), None, "{bad}");
        }
    }
}
