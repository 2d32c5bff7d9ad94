//! Which VMs a selector means.

use rdpctl_model::declaration::Selector;

use super::inventory::VmRow;
use crate::azure::id::ArmId;
use crate::pattern::matches;

/// Whether a VM is meant. Names and groups are compared without case, as the vendor does.
pub(super) fn picks(selector: &Selector, vm: &VmRow) -> bool {
    let tagged = selector.tags.iter().all(|(key, value)| {
        vm.tags.iter().any(|(known, held)| known.eq_ignore_ascii_case(key) && held == value)
    });
    let grouped = selector.resource_group.as_ref().is_none_or(|group| {
        ArmId::parse(&vm.id).is_some_and(|id| id.group.eq_ignore_ascii_case(group))
    });
    let name = vm.name.to_ascii_lowercase();
    let named = selector.names.is_empty()
        || selector.names.iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), &name));
    tagged && grouped && named
}
