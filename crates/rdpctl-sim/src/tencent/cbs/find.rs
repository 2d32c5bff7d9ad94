//! Disks and instances, as the disk service looks them up.

use crate::tencent::{call::Call, errors::Refusal};
use crate::{
    estate::Disk,
    world::{IdKind, VmIndex},
};

/// A disk that belongs to the caller, here.
pub(super) fn resolve_disk(call: &Call<'_>, id: &str) -> Result<(u64, Disk), Refusal> {
    if !IdKind::Disk.is_form_of(id) {
        return Err(Refusal::new("InvalidDiskId.Malformed", format!("`{id}` is no disk id.")));
    }
    call.estate
        .world
        .disk_by_id(id)
        .and_then(|number| Some((number, call.estate.disk(number)?.into_owned())))
        .filter(|(_, disk)| call.owns(disk.account, &disk.region))
        .ok_or_else(|| {
            Refusal::new("InvalidDiskId.NotFound", format!("The disk `{id}` does not exist."))
        })
}

/// An instance as the disk service looks it up.
pub(super) fn find_instance(call: &Call<'_>, id: &str) -> Result<VmIndex, Refusal> {
    call.estate
        .world
        .vm_by_id(id)
        .filter(|vm| {
            let (cohort, _) = call.estate.place(*vm);
            call.owns(cohort.account, &cohort.region)
        })
        .ok_or_else(|| {
            Refusal::new(
                "InvalidInstanceId.NotFound",
                format!("The instance `{id}` does not exist."),
            )
        })
}
