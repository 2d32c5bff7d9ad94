//! Addresses, as the network service looks them up, and the answer of a write to them.

use crate::tencent::{call::Call, errors::Refusal};
use crate::{estate::Eip, world::IdKind};

/// The address that a write names: the caller's, here, and not given back.
pub(super) fn resolve_address(call: &Call<'_>, id: &str) -> Result<(u32, Eip), Refusal> {
    if !IdKind::Address.is_form_of(id) {
        return Err(Refusal::new(
            "InvalidParameterValue.AddressIdMalformed",
            format!("`{id}` is no address id."),
        ));
    }
    call.estate
        .world
        .eip_by_id(id)
        .and_then(|number| Some((number, call.estate.eip(number)?.into_owned())))
        .filter(|(_, eip)| call.owns(eip.account, &eip.region) && !eip.released)
        .ok_or_else(|| {
            Refusal::new("InvalidAddressId.NotFound", format!("The address `{id}` does not exist."))
        })
}

/// Refuses a write while an earlier one is still at work on the address.
pub(super) fn require_idle(eip: &Eip) -> Result<(), Refusal> {
    match eip.task {
        None => Ok(()),
        Some(_) => Err(Refusal::new(
            "OperationDenied.MutexTaskRunning",
            format!("A task is running on the address `{}`.", eip.id),
        )),
    }
}

/// The answer of a write that became a task.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Begun {
    /// A decimal number as text, though `DescribeTaskResult` wants it as a number.
    task_id: String,
}

impl Begun {
    pub(super) fn new(task: u64) -> Self {
        Self { task_id: task.to_string() }
    }
}
