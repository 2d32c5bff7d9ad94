//! What several facets cannot make out, or have nothing of.

rdpctl_model::says! { crate "common":
    build_number();
    no_cloud_account();
}

pub(crate) use say::{build_number, no_cloud_account};
