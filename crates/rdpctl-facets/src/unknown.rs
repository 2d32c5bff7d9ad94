//! What several facets cannot make out.

rdpctl_model::says! { crate "common":
    build_number();
}

pub(crate) use say::build_number;
