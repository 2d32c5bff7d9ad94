//! What guests said of themselves in this run over a way that needs no trust of its own: by which certificate their WinRM
//! is to be known. It is kept in memory alone, so that nobody can have written it before.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rdpctl_contract::channel::GuestTarget;
use rdpctl_model::guest::{GuestSurvey, Through};
use rdpctl_model::{InstanceName, ResourceId};

/// Certificates by their SHA-256, as the vendor's agent reported them.
#[derive(Clone, Debug, Default)]
pub struct Reported(Arc<Mutex<BTreeMap<(InstanceName, ResourceId), String>>>);

impl Reported {
    /// Takes what a guest said; over the network anybody could have said it.
    pub fn take(&self, target: &GuestTarget, survey: &GuestSurvey) {
        match survey.via.way().through {
            Through::Agent => {}
            Through::Network | Through::Console | Through::Disk => return,
        }
        let Ok(certificate) = &survey.winrm_certificate else { return };
        let key = (target.instance.clone(), target.id.clone());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match certificate {
            Some(certificate) => known.insert(key, certificate.clone()),
            None => known.remove(&key),
        };
    }

    /// By which certificate a guest is to be known.
    pub(super) fn of(&self, target: &GuestTarget) -> Option<String> {
        let key = (target.instance.clone(), target.id.clone());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }
}
