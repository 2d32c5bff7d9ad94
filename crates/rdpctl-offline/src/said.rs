//! What is said of a disk that was looked at or written to.

rdpctl_model::says! { crate "done":
    default_entry();
    key_file_found(file);
    names_another_disk();
    no_key_file(file);
    value_is(name, value);
    there_is_no(name);
    is_there(name);
    no_boot_store();
    no_machine_keys();
}
