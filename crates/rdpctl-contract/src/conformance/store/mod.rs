//! What every backend must do that plays the roles of a store, role by role.

pub mod chronicle;
pub mod late;
pub mod lease;
pub mod ledger;
pub mod memory;
pub mod runs;
pub mod samples;
pub mod tried;

use crate::store::Store;

/// Proves a backend that plays all roles: `fresh` yields an empty one each time.
pub async fn prove<S: Store>(mut fresh: impl FnMut() -> S) {
    lease::a_lease_is_held_by_one_and_names_its_holder(&fresh()).await;
    lease::a_holder_is_replaced_only_as_it_was_when_it_was_judged(&fresh()).await;
    lease::numbers_only_grow_and_are_never_given_out_again(&fresh()).await;
    lease::who_lost_a_lease_neither_renews_it_nor_gives_it_back(&fresh()).await;
    lease::leases_of_different_names_do_not_know_each_other(&fresh()).await;
    runs::a_fresh_store_knows_no_run(&fresh()).await;
    runs::a_run_keeps_its_plan_and_journal_and_how_it_ended(&fresh()).await;
    runs::who_lost_its_lease_writes_nothing_at_all(&fresh()).await;
    runs::a_run_is_unfinished_only_once_another_holds_its_lease(&fresh()).await;
    runs::what_an_observation_revealed_is_part_of_the_plan(&fresh()).await;
    runs::the_journal_keeps_the_order_of_appends(&fresh()).await;
    runs::a_journal_needs_its_run(&fresh()).await;
    runs::runs_and_history_are_newest_first_and_limited(&fresh()).await;
    runs::history_is_of_instances_and_not_of_objects_of_the_same_name(&fresh()).await;
    runs::appends_side_by_side_are_all_kept(&fresh()).await;
    ledger::what_receipts_say_was_made_is_ours_until_it_is_given_back(&fresh()).await;
    ledger::what_is_entered_before_it_is_made_counts_as_ours(&fresh()).await;
    ledger::whoever_looks_enters_what_it_makes_for_a_call(&fresh()).await;
    memory::a_fresh_store_remembers_nothing(&fresh()).await;
    memory::facts_come_back_as_they_were_saved(&fresh()).await;
    memory::who_is_gone_is_forgotten_and_other_sources_stay(&fresh()).await;
    memory::another_selector_makes_another_source(&fresh()).await;
    memory::looks_that_began_with_the_same_take_nothing_from_each_other(&fresh()).await;
    let store = fresh();
    Box::pin(late::of_two_looks_at_one_world_within_one_second_the_later_stays(&store)).await;
    Box::pin(late::an_answer_of_before_a_failure_leaves_its_mark(&fresh())).await;
    memory::slots_of_a_dictionary_that_others_extended_keep_their_meaning(&fresh()).await;
    memory::observations_that_nobody_has_any_more_are_thrown_out(&fresh()).await;
    memory::places_of_a_numbering_that_is_over_are_refused(&fresh()).await;
    memory::single_rows_are_replaced_by_id_and_new_ones_added(&fresh()).await;
    memory::many_rows_keep_their_order(&fresh()).await;
    memory::evidence_comes_back_in_the_order_asked(&fresh()).await;
    memory::a_look_at_one_world_leaves_what_is_known_of_the_others(&fresh()).await;
    memory::why_a_look_failed_is_remembered_beside_the_evidence(&fresh()).await;
    memory::rule_sets_that_change_all_the_time_are_read_as_they_were_last(&fresh()).await;
    memory::forgetting_removes_facts_and_evidence_of_the_named_alone(&fresh()).await;
    tried::what_was_tried_is_remembered_until_it_may_be_tried_again(&fresh()).await;
    chronicle::what_turned_is_found_by_instance_and_facet(&fresh()).await;
    chronicle::what_stands_is_the_last_turn_of_each(&fresh()).await;
    chronicle::of_what_turns_again_and_again_the_last_turns_are_kept(&fresh()).await;
    chronicle::orders_are_numbered_and_kept_as_they_were_given(&fresh()).await;
    memory::what_a_run_sees_after_it_lost_its_lease_is_not_remembered(&fresh()).await;
}
