//! What every [`Store`] must do, whatever it is made of. Each function states one fact about a fresh store.

pub(crate) mod facts;
pub(crate) mod lock;
pub(crate) mod runs;
pub(crate) mod samples;

use rdpctl_contract::store::Store;

/// Proves a backend: `fresh` yields an empty store each time.
pub(crate) async fn prove<S: Store>(mut fresh: impl FnMut() -> S) {
    facts::a_fresh_store_remembers_nothing(&fresh()).await;
    facts::facts_come_back_as_they_were_saved(&fresh()).await;
    facts::a_source_that_is_saved_again_is_replaced_and_others_stay(&fresh()).await;
    facts::chunks_of_a_source_that_is_not_named_are_added(&fresh()).await;
    facts::slots_of_a_dictionary_that_others_extended_keep_their_meaning(&fresh()).await;
    facts::observations_that_nobody_has_any_more_are_thrown_out(&fresh()).await;
    facts::single_rows_are_replaced_by_id_and_new_ones_added(&fresh()).await;
    facts::long_chunks_are_split_and_keep_their_order(&fresh()).await;
    facts::evidence_comes_back_in_the_order_asked(&fresh()).await;
    facts::a_look_at_one_world_leaves_what_is_known_of_the_others(&fresh()).await;
    facts::why_a_look_failed_is_remembered_beside_the_evidence(&fresh()).await;
    facts::rule_sets_that_change_all_the_time_are_read_as_they_were_last(&fresh()).await;
    facts::forgetting_removes_facts_and_evidence_of_the_named_alone(&fresh()).await;
    lock::the_lock_is_held_by_one_and_names_its_holder(&fresh()).await;
    lock::a_lock_lapses_only_after_its_time_and_renewal_moves_that(&fresh()).await;
    lock::a_lock_that_was_taken_away_cannot_be_renewed_or_given_back(&fresh()).await;
    runs::a_run_is_unfinished_until_it_ends(&fresh()).await;
    runs::the_journal_keeps_the_order_of_appends(&fresh()).await;
    runs::a_journal_needs_its_run(&fresh()).await;
    runs::what_receipts_say_was_made_is_ours_until_it_is_released(&fresh()).await;
    runs::runs_and_history_are_newest_first_and_limited(&fresh()).await;
    runs::appends_side_by_side_are_all_kept(&fresh()).await;
}
