//! Why there are no credentials, and what helps: one table for all vendors, by key.

use rdpctl_model::Said;

/// What was tried, one after another.
pub(crate) fn nowhere(tried: impl IntoIterator<Item = Said>) -> Said {
    let tried = tried.into_iter().reduce(say::then);
    say::nowhere(tried.unwrap_or_default())
}

rdpctl_model::says! { crate "credentials":
    nowhere(tried);
    at(place, why);
    then(one, more);
    refused_by(place, code, message);
    no_token_came(place, error);
    no_temporary(place, cause);
    secret_missing(cause);
    environment();
    machine_role();
    pod_identity();
    role_to_assume();
    application_secret();
    workload_identity();
    application_certificate();
    usual_places();
    azure_cli();
    managed_identity();
    not_set(name);
    set_without(name, other);
    no_such_file();
    file_missing(file);
    no_section(section);
    section_needs(section);
    no_home();
    no_profile_name(name);
    line_unexpected(line);
    declare_role();
    declare_assume_role();
    profile_needs();
    no_role_bound();
    no_metadata();
    no_role_name();
    metadata_stopped();
    none_for_role(role);
    metadata_garbled();
    role_gave_none(role);
    no_tenant();
    no_token_file();
    cannot_read(file, error);
    no_private_key();
    no_certificate();
    key_is_locked();
    key_is_not_rsa();
    key_rejected(why);
    key_of_another();
    key_does_not_sign();
    certificate_garbled();
    certificate_ended(date);
    certificate_not_yet(date);
    certificate_not_registered();
    check_the_clock();
    give_a_certificate();
    no_token();
    directory_garbled();
    az_too_long();
    az_does_not_start(error);
    not_logged_on();
    az_garbled();
    bad_address(url, error);
    no_metadata_here();
    no_such_identity(said);
    check_cloud_and_tenant();
    give_the_value();
    make_a_new_one();
    no_such_application();
    no_such_tenant();
    no_federated_credential();
    check_tenant();
    ways_to_log_on();
    check_cloud_and_network();
    set_the_secret();
}
