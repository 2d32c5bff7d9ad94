//! A request that may be served: whose it is, and what answers are made of.

use serde_json::Value;

use super::{memory::Arm, refusal::Refusal, work::Operation};
use crate::{
    estate::Estate,
    world::{AccountIndex, VmIndex},
};

/// A request under way.
pub(super) struct Call<'a> {
    pub(super) estate: &'a mut Estate,
    pub(super) arm: &'a mut Arm,
    pub(super) account: AccountIndex,
    /// Scheme and host by which we were called: links lead back there.
    pub(super) base: &'a str,
    pub(super) version: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) if_match: Option<&'a str>,
    pub(super) body: &'a [u8],
}

/// What a service answers.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) status: u16,
    /// As JSON.
    pub(super) body: Option<String>,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Served {
    pub(super) fn ok(body: Value) -> Self {
        Self::text(body.to_string())
    }

    /// JSON that is text already.
    pub(super) fn text(body: String) -> Self {
        Self { status: 200, body: Some(body), headers: Vec::new() }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, body: None, headers: Vec::new() }
    }
}

/// How an accepted operation can be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follow {
    /// By its own address and by that of its result.
    Both,
    /// By its own address alone.
    Async,
}

impl Call<'_> {
    /// The subscription as the vendor writes it.
    pub(super) fn subscription(&self) -> String {
        self.estate.world.account(self.account).subscription.to_string()
    }

    /// Every VM of the account.
    pub(super) fn vms(&self) -> Vec<VmIndex> {
        let account = self.account;
        let cohorts = self.estate.world.cohorts.iter();
        cohorts
            .filter(|cohort| cohort.account == account)
            .flat_map(|cohort| (cohort.first..cohort.first + cohort.count).map(VmIndex))
            .collect()
    }

    /// The VM of that name in that group.
    pub(super) fn vm(&self, group: Option<&str>, name: &str) -> Result<VmIndex, Refusal> {
        let world = &self.estate.world;
        let found = world
            .vm_by_name(name)
            .or_else(|| world.vm_by_name(&name.to_ascii_lowercase()))
            .filter(|vm| {
                let cohort = world.place(*vm).0;
                cohort.account == self.account
                    && group.is_some_and(|group| cohort.resource_group.eq_ignore_ascii_case(group))
            });
        found.ok_or_else(|| Refusal::missing(&format!("Microsoft.Compute/virtualMachines/{name}")))
    }

    /// The request's fields.
    pub(super) fn fields(&self) -> Result<Value, Refusal> {
        serde_json::from_slice(self.body).map_err(|error| {
            Refusal::new(
                400,
                "InvalidRequestContent",
                format!("The request content was invalid: {error}"),
            )
        })
    }

    /// A parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        self.query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            super::token::decoded(key)
                .eq_ignore_ascii_case(name)
                .then(|| super::token::decoded(value))
        })
    }

    /// Puts the headers by which an operation is followed on an answer.
    pub(super) fn following(
        &mut self,
        mut served: Served,
        operation: Operation,
        namespace: &str,
        region: &str,
        follow: Follow,
    ) -> Served {
        let id = self.arm.begin(operation);
        let (base, version, subscription) = (self.base, self.version, self.subscription());
        let url = format!(
            "{base}/subscriptions/{subscription}/providers/{namespace}/locations/{region}/operations/{id}?api-version={version}"
        );
        if follow == Follow::Both {
            served.headers.push(("location", format!("{url}&monitor=true")));
        }
        served.headers.push(("azure-asyncoperation", url));
        served
    }
}
