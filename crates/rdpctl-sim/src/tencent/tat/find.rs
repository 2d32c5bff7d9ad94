//! Instances and filters, as the command service takes them.

use crate::tencent::{
    call::Call,
    errors::Refusal,
    wire::{Filter, FilterLimits},
};
use crate::world::{IdKind, VmIndex};

/// How much filtering this service takes.
pub(super) const FILTERS: FilterLimits =
    FilterLimits { values: 5, code: "InvalidParameterValue.LimitExceeded" };

/// Ids and filters exclude each other, and both are bounded.
pub(super) fn exclusive(ids: &[String], filters: &[Filter]) -> Result<(), Refusal> {
    if !ids.is_empty() && !filters.is_empty() {
        return Err(Refusal::new(
            "InvalidParameter.ConflictParameter",
            "Ids and `Filters` cannot be used together.",
        ));
    }
    if ids.len() > 100 {
        return Err(Refusal::new(
            "InvalidParameterValue.LimitExceeded",
            "At most 100 ids are allowed.",
        ));
    }
    FILTERS.check(filters)
}

/// An instance as this service looks it up.
pub(super) fn find_instance(call: &Call<'_>, id: &str) -> Result<VmIndex, Refusal> {
    if !IdKind::Instance.is_form_of(id) {
        return Err(Refusal::new(
            "InvalidParameterValue.InvalidInstanceId",
            format!("`{id}` is no instance id."),
        ));
    }
    call.estate
        .world
        .vm_by_id(id)
        .filter(|vm| {
            let (cohort, _) = call.estate.place(*vm);
            call.owns(cohort.account, &cohort.region)
        })
        .ok_or_else(|| {
            Refusal::new(
                "ResourceNotFound.InstanceNotFound",
                format!("The instance `{id}` does not exist."),
            )
        })
}
