//! What is said of what was done through a cloud or a guest's channel: one table, since vendors do much alike.

rdpctl_model::says! { crate "done":
    link_taken_back(id);
    classic_network();
    has_address(instance, address);
    reused(id, address);
    obtained_by(id, address, request);
    elastic_already(id);
    is_elastic(id, address);
    running_by(request);
    mbps(mbps);
    is_given_back(id);
    request(request);
    is_bound(id, address, note);
    inserted(place, request);
    started();
    restarted();
    restarted_from_its_console();
    no_reply();
    and_told(what, told);
    encoding_blocked();
    runs_already();
    vendor_failed();
    gone(id);
    deleted(ids);
    mbps_already(mbps);
    rule_there();
    rule_gone();
    deleted_by(request);
    bound_already(address);
    ours_is_there();
    obtained(address);
    given_back(id);
    so_already();
    bound();
    taken_off();
    is_whole(id);
    made_at(place);
    rule_deleted();
    may_not_ask(code);
    not_windows();
    no_source();
    in_group(group, what);
    from_action(action, why);
}
