//! Who we are, as the token service sees it.

use serde::{Deserialize, Serialize};

use super::actions;
use crate::tencent::lenient::Text;

/// Asks whose credentials these are.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct GetCallerIdentity {}

/// An identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CallerIdentity {
    /// The resource name of the user or role.
    pub arn: Text,
    /// The account.
    pub account_id: Text,
}

actions! {
    GetCallerIdentity => Sts "GetCallerIdentity", 20 a second, Read, CallerIdentity;
}
