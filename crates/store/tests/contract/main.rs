//! What a store promises, run against both databases, and against PostgreSQL both ways to read. The name of a test says
//! which one it ran against.
#![cfg(test)]

mod access_key;
mod audit_filter;
mod auditing;
mod cancelling;
mod condition;
mod connecting;
mod counting;
#[path = "../support/database.rs"]
mod database;
mod dividing;
mod fixture;
mod histogram;
mod linking;
mod listing;
mod merging;
mod migrating;
mod once;
mod online;
mod partition;
mod queueing;
mod random;
mod reading;
mod refusing;
mod retention;
mod session;
mod sharding;
mod tag;
mod tasking;
mod writing;

/// Makes of each function a test on a fixture.
macro_rules! on {
    ($fixture:ident: $($module:ident: $($test:ident),+;)+) => {
        $($(
            #[test]
            fn $test() {
                crate::$module::$test(&crate::fixture::Fixture::$fixture());
            }
        )+)+
    };
}

/// Makes of each function a test on PostgreSQL, one for each way to read it, and one on SQLite.
macro_rules! contract {
    ($($tests:tt)+) => {
        mod postgres {
            on! { postgres: $($tests)+ }
        }

        mod postgres_row_by_row {
            on! { postgres_row_by_row: $($tests)+ }
        }

        mod sqlite {
            on! { sqlite: $($tests)+ }

            #[test]
            fn a_file_whose_folder_is_missing_is_refused() {
                crate::connecting::a_file_whose_folder_is_missing_is_refused();
            }

            #[test]
            fn a_file_that_is_no_database_is_unsuitable() {
                crate::connecting::a_file_that_is_no_database_is_unsuitable();
            }
        }
    };
}

/// What PostgreSQL alone promises, or COPY alone.
macro_rules! postgres {
    ($($tests:tt)+) => {
        mod postgres_alone {
            on! { postgres_alone: $($tests)+ }

            #[test]
            fn a_server_that_is_not_there_is_unavailable_in_time() {
                crate::connecting::a_server_that_is_not_there_is_unavailable_in_time();
            }

            #[test]
            fn a_url_that_libpq_refuses_is_invalid_for_every_call() {
                crate::connecting::a_url_that_libpq_refuses_is_invalid_for_every_call();
            }

            #[test]
            fn a_server_that_does_not_answer_is_unavailable_in_time() {
                crate::connecting::a_server_that_does_not_answer_is_unavailable_in_time();
            }

            #[test]
            fn a_database_that_is_not_in_utf_8_is_refused() {
                crate::condition::a_database_that_is_not_in_utf_8_is_refused();
            }
        }

        mod postgres_alone_row_by_row {
            on! { postgres_alone_row_by_row: $($tests)+ }
        }
    };
}

/// As `contract`, for what knows no ways to read.
macro_rules! both {
    ($($tests:tt)+) => {
        mod both {
            mod postgres {
                on! { postgres: $($tests)+ }
            }

            mod sqlite {
                on! { sqlite: $($tests)+ }
            }
        }
    };
}

contract! {
    access_key:
        access_keys_come_back_equal_oldest_first,
        a_known_identifier_and_a_role_of_two_lines_are_refused,
        a_revoked_key_stays_without_its_secret,
        a_project_sees_its_own_keys_the_active_ones_first,
        a_project_revokes_its_own_keys_alone,
        keys_are_added_within_bounds_of_active_ones,
        keys_are_listed_also_when_all_exports_are_busy,
        a_row_that_is_no_key_is_corrupt;
    writing:
        written_records_come_back_equal,
        the_longest_texts_are_kept,
        writing_again_changes_nothing,
        a_batch_of_what_is_known_changed_and_new_is_written_as_each_needs,
        what_is_new_has_its_numbers_its_identities_and_its_incomplete_records,
        what_changes_nothing_is_not_written,
        what_a_later_event_knows_replaces_and_the_rest_stays,
        a_connection_is_a_record_once_its_start_is_known,
        the_events_of_a_batch_are_merged,
        nothing_is_written_when_one_record_cannot_be,
        writers_at_once_lose_nothing;
    reading:
        records_come_newest_first_and_ties_by_transaction,
        a_range_of_time_is_half_open,
        a_range_may_begin_before_all_calendars,
        each_filter_finds_what_matches,
        tenants_never_mix,
        random_filters_find_what_a_scan_in_memory_finds,
        a_read_sees_one_snapshot,
        an_invalid_row_is_corrupt;
    cancelling:
        a_sink_that_breaks_leaves_the_connection_usable,
        a_sink_that_panics_leaves_the_store_usable,
        a_read_that_is_cancelled_before_is_not_begun,
        a_read_is_cancelled_between_rows,
        a_read_is_cancelled_before_its_first_row,
        no_cancellation_reaches_a_later_read,
        a_read_that_takes_too_long_is_timed_out,
        a_count_that_takes_too_long_is_timed_out;
    listing:
        all_pages_of_random_filters_are_what_a_read_finds,
        a_page_has_as_many_as_asked_for_and_says_whether_others_follow,
        a_marker_is_a_place_between_records_of_the_same_time,
        pages_after_a_marker_neither_repeat_nor_skip_while_records_come_in,
        each_filter_of_a_list_finds_what_matches,
        a_page_that_takes_too_long_is_timed_out,
        a_page_is_read_while_exports_hold_all_their_connections;
    online:
        random_records_are_counted_as_a_plain_computation_counts_them,
        a_connection_counts_from_its_setup_until_before_its_end,
        users_of_other_projects_do_not_count,
        a_count_of_users_that_takes_too_long_is_timed_out;
    migrating:
        migrating_twice_does_nothing_more,
        processes_may_migrate_at_once,
        every_migration_can_be_reverted;
    connecting:
        the_kind_is_that_of_the_url,
        a_check_answers_also_when_all_exports_are_busy,
        a_pool_that_is_empty_is_busy;
}

both! {
    once:
        a_start_that_changes_moves_its_record,
        an_event_without_a_start_finds_its_record_in_any_month,
        events_of_one_connection_at_once_make_one_record;
    session:
        a_session_comes_back_by_its_hash_alone,
        a_list_has_what_is_alive_in_a_project,
        the_oldest_sessions_of_an_owner_and_of_a_project_end,
        a_session_is_ended_within_its_project_and_by_its_successor,
        what_is_over_is_deleted_and_nothing_else,
        a_sign_in_comes_back_once;
    merging:
        parts_of_records_end_in_the_same_records_however_they_come,
        random_events_end_in_what_the_domain_merges;
    histogram:
        histograms_of_random_filters_are_what_a_scan_in_memory_counts,
        a_histogram_shows_empty_buckets_and_the_hour_that_comes_twice,
        a_histogram_of_an_open_range_has_a_bound,
        what_is_counted_for_too_long_is_timed_out,
        values_of_random_filters_are_what_a_scan_in_memory_counts,
        values_are_those_of_the_newest_where_there_are_too_many;
    retention:
        what_is_expired_goes_and_nothing_else,
        what_was_deleted_may_come_again,
        events_that_are_written_meanwhile_are_kept_or_deleted_whole;
    counting:
        counts_equal_the_records_after_random_writes_at_once,
        a_range_of_time_is_counted_by_its_days_as_a_scan_counts_it,
        a_list_reads_the_numbers_and_a_check_finds_and_repairs_wrong_ones,
        a_page_without_a_count_has_no_total,
        the_migration_counts_what_is_there,
        repairs_at_once_correct_once_while_others_write;
    audit_filter:
        the_connection_of_a_log_is_counted_while_there_is_one,
        no_project_sees_the_audits_of_another,
        audits_are_found_by_user_action_way_and_outcome,
        pages_of_audits_hold_each_once_while_others_are_added;
    auditing:
        what_is_added_comes_back_equal,
        a_list_is_newest_first_and_cut_where_it_is_asked_to_be,
        a_list_holds_the_start_of_its_range_and_not_its_end,
        events_are_added_all_or_none,
        the_first_of_what_is_added_stays,
        nothing_that_was_added_can_be_changed,
        what_a_process_that_is_gone_left_open_was_interrupted,
        what_a_process_knows_counts_more_than_what_another_presumed,
        audits_are_written_also_when_all_exports_are_busy;
    queueing:
        a_task_is_claimed_by_one_until_its_time_is_over,
        tasks_are_counted_that_wait_and_run,
        who_lost_a_task_changes_nothing,
        a_task_that_is_given_back_is_nobodys,
        a_task_that_was_begun_too_often_fails,
        processes_that_claim_at_once_share_the_tasks,
        projects_take_turns_with_their_tasks,
        a_writer_beside_another_waits_and_does_not_fail;
    linking:
        a_link_is_begun_once_and_followed_to_its_end,
        a_link_that_nobody_begins_in_time_has_expired,
        a_link_whose_process_is_not_heard_of_is_broken,
        a_link_that_is_cancelled_stays_so,
        links_are_listed_of_one_project_and_user,
        a_project_and_a_user_have_so_many_open_links,
        old_links_are_swept_but_those_that_run,
        two_links_never_have_one_secret;
    tasking:
        a_task_comes_back_as_it_was_added,
        a_list_of_tasks_holds_what_is_asked_for_and_no_other_project,
        a_file_that_is_kept_too_long_expires,
        tasks_are_deleted_all_or_none,
        a_project_has_so_many_tasks_waiting_and_no_more,
        a_row_that_is_no_task_is_corrupt;
}

/// As `contract`, for what is done in another way where records lie in shards.
macro_rules! in_shards {
    ($($tests:tt)+) => {
        mod postgres_in_shards {
            on! { postgres_in_shards: $($tests)+ }
        }
    };
}

in_shards! {
    writing:
        written_records_come_back_equal,
        the_longest_texts_are_kept,
        writing_again_changes_nothing,
        a_batch_of_what_is_known_changed_and_new_is_written_as_each_needs,
        what_is_new_has_its_numbers_its_identities_and_its_incomplete_records,
        what_changes_nothing_is_not_written,
        what_a_later_event_knows_replaces_and_the_rest_stays,
        a_connection_is_a_record_once_its_start_is_known,
        the_events_of_a_batch_are_merged,
        nothing_is_written_when_one_record_cannot_be,
        writers_at_once_lose_nothing;
    once:
        a_start_that_changes_moves_its_record,
        an_event_without_a_start_finds_its_record_in_any_month,
        events_of_one_connection_at_once_make_one_record,
        identities_of_the_generation_before_count,
        what_is_older_than_any_identity_is_found,
        generations_change_while_others_write;
    merging:
        parts_of_records_end_in_the_same_records_however_they_come,
        random_events_end_in_what_the_domain_merges;
    reading:
        records_come_newest_first_and_ties_by_transaction,
        each_filter_finds_what_matches,
        tenants_never_mix,
        random_filters_find_what_a_scan_in_memory_finds,
        a_read_sees_one_snapshot,
        an_invalid_row_is_corrupt;
    cancelling:
        a_sink_that_breaks_leaves_the_connection_usable,
        a_read_is_cancelled_between_rows,
        a_read_is_cancelled_before_its_first_row,
        a_read_that_waits_for_a_lock_is_cancelled,
        a_read_that_takes_too_long_is_timed_out;
    counting:
        counts_equal_the_records_after_random_writes_at_once,
        repairs_at_once_correct_once_while_others_write,
        writers_that_the_server_terminates_leave_the_counts_right;
    retention:
        what_is_expired_goes_and_nothing_else,
        what_was_deleted_may_come_again,
        events_that_are_written_meanwhile_are_kept_or_deleted_whole;
    partition:
        partitions_are_made_ahead_and_lose_nothing,
        processes_may_make_partitions_at_once,
        partitions_are_not_waited_for_while_they_are_read,
        what_is_in_use_is_deleted_all_the_same;
    dividing:
        months_that_are_past_are_made_and_a_few_records_move;
    sharding:
        what_is_not_distributed_is_a_pending_migration,
        what_a_shard_left_behind_is_not_read,
        a_shard_of_the_coordinator_is_read_over_its_own_connections,
        few_records_pass_the_coordinator_and_many_never;
    refusing:
        a_copy_that_fails_before_its_first_row_is_read_row_by_row,
        a_statement_that_fails_on_the_way_is_an_error;
    tag:
        nothing_is_concluded_from_a_command_tag;
}

postgres! {
    once:
        identities_of_the_generation_before_count,
        what_is_older_than_any_identity_is_found,
        generations_change_while_others_write,
        a_clock_that_was_ahead_keeps_no_generation_for_ever,
        the_migration_indexes_what_is_there;
    condition:
        nothing_hangs_on_the_defaults_of_a_session,
        bounds_that_cannot_be_true_are_an_error,
        the_brake_on_writes_is_obeyed_alike,
        time_outs_of_the_role_and_locks_pass,
        errors_of_the_server_pass_by_their_meaning,
        a_right_that_lacks_is_named;
    counting:
        writers_that_the_server_terminates_leave_the_counts_right;
    tag:
        nothing_is_concluded_from_a_command_tag;
    auditing:
        a_process_that_lives_is_left_alone,
        a_log_outlives_its_connection,
        an_audit_that_cannot_be_written_is_refused_in_time;
    cancelling:
        a_read_that_waits_for_a_lock_is_cancelled,
        a_sink_that_breaks_does_not_wait_for_the_rest,
        the_limit_of_the_server_counts_where_there_is_none_of_ours;
    connecting:
        a_connection_that_the_server_closed_is_replaced,
        connections_bear_the_name_of_the_application;
    partition:
        partitions_are_made_ahead_and_lose_nothing,
        processes_may_make_partitions_at_once,
        partitions_are_not_waited_for_while_they_are_read,
        a_role_that_may_make_no_partitions_is_refused_with_the_reason,
        what_is_in_use_is_deleted_all_the_same;
    dividing:
        months_that_are_past_are_made_and_a_few_records_move,
        many_records_move_while_others_read_and_write,
        what_a_process_left_in_the_middle_is_removed,
        a_division_that_is_cancelled_changes_nothing,
        a_read_that_waits_for_an_exchange_of_partitions_finds_every_record,
        a_role_that_may_make_no_months_is_refused;
    refusing:
        a_copy_that_is_refused_is_read_row_by_row,
        a_copy_that_fails_before_its_first_row_is_read_row_by_row,
        a_statement_that_fails_on_the_way_is_an_error;
}
