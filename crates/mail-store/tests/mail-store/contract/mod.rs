//! What every backend must do: a function a rule, run against the model, against SQLite with files,
//! and against PostgreSQL with S3, each as a test of its own. What is about a store that outlives its
//! process is no rule of the model.

mod accepting;
mod audit;
mod backup;
pub mod bodies;
mod console;
mod directory;
mod forgetting;
mod inbox;
mod lists;
mod purging;
mod quarantine;
mod random;
mod redelivery;
mod routing;
mod sealed;
mod searches;
mod steps;
mod tallies;
mod tokens;
mod uploading;
mod usage;
mod waiting;

use crate::kit::Backend;

macro_rules! rules {
    (of every backend: $($file:ident :: $rule:ident,)* ;
     of lasting backends: $($lasting_file:ident :: $lasting_rule:ident,)*) => {
        mod model {
            $(#[tokio::test]
            async fn $rule() {
                super::$file::$rule(super::Backend::model()).await;
            })*
        }

        mod sqlite {
            $(#[tokio::test]
            async fn $rule() {
                super::$file::$rule(super::Backend::sqlite()).await;
            })*
            $(#[tokio::test]
            async fn $lasting_rule() {
                super::$lasting_file::$lasting_rule(super::Backend::sqlite()).await;
            })*
        }

        mod postgresql_and_s3 {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                super::$file::$rule(super::Backend::scaled_out().await).await;
            })*
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $lasting_rule() {
                super::$lasting_file::$lasting_rule(super::Backend::scaled_out().await).await;
            })*
        }
    };
}

rules! {
    of every backend:
    accepting::what_was_accepted_comes_back_as_it_was,
    accepting::an_id_is_accepted_once,
    accepting::a_job_ends_at_the_first_operation_that_is_not_done,
    accepting::a_report_has_no_body,
    accepting::many_jobs_at_once_each_get_their_own_outcomes,
    accepting::what_was_committed_is_there_after_opening_again,
    inbox::lists_in_order_of_arrival_and_continues,
    inbox::lists_only_the_workflows_wanted,
    inbox::only_the_recipient_takes_a_message_and_only_once,
    inbox::a_position_is_known_after_the_acknowledgement,
    inbox::the_longest_waiting_come_first,
    uploading::the_last_chunk_missing_delivers_the_message,
    uploading::a_chunk_sent_again_replaces_the_one_before,
    uploading::a_complete_message_takes_no_chunks,
    uploading::uploads_are_counted,
    uploading::a_patient_address_is_routed_when_the_last_chunk_is_here,
    routing::a_job_is_due_until_it_is_delivered,
    routing::a_job_put_off_is_due_later,
    routing::a_job_put_off_holds_back_those_behind_it,
    routing::a_job_tried_now_is_due_with_those_that_hold_it_back,
    routing::what_is_found_at_once_is_delivered_as_it_is_accepted,
    routing::what_is_found_at_once_overtakes_nothing_to_its_patient,
    routing::senders_take_turns,
    routing::what_fails_leaves_queue_and_inbox,
    routing::a_job_set_aside_counts_as_failed,
    tokens::a_token_is_used_once,
    tokens::a_token_is_forgotten_after_its_time,
    lists::the_newest_come_first_in_pages,
    lists::a_local_id_finds_its_messages,
    forgetting::the_old_are_forgotten_step_by_step,
    forgetting::whatever_waits_is_forgotten_too,
    waiting::whatever_brings_a_message_wakes_its_mailbox_only,
    usage::what_a_mailbox_sent_is_counted_until_it_is_gone,
    usage::chunks_are_counted_as_they_come_and_are_replaced,
    usage::reports_are_nobodys,
    purging::what_is_wanted_goes_and_nothing_else,
    purging::what_waits_goes_from_inbox_queue_and_uploads,
    purging::an_order_is_carried_out_once,
    redelivery::what_was_taken_or_failed_is_delivered_again,
    redelivery::what_waits_or_was_never_delivered_is_not,
    directory::every_change_raises_the_version,
    directory::changes_to_what_is_not_there_leave_no_trace,
    sealed::addresses_that_wait_are_listed_in_pages,
    sealed::a_text_takes_the_place_of_the_old_one_only,
    tallies::what_is_counted_adds_up_by_minute_and_hour,
    tallies::old_minutes_go_before_old_hours,
    console::mailboxes_at_a_glance,
    console::queues_at_a_glance,
    console::recent_messages_of_all_mailboxes,
    console::the_audit_trail_by_subject_and_by_page,
    searches::messages_are_found_by_what_is_known_of_them,
    searches::what_was_forgotten_is_found_no_more,
    searches::lines_are_found_by_what_they_say,
    searches::the_chain_is_read_with_its_hashes,
    steps::steps_come_back_in_order_of_time,
    steps::a_message_has_so_many_steps_and_no_more,
    steps::steps_go_with_their_message,
    bodies::small_and_large_bodies_come_back_whole,
    bodies::what_no_record_names_is_swept,
    bodies::a_body_given_up_leaves_nothing,
    ;
    of lasting backends:
    audit::the_chain_is_checked_line_by_line,
    audit::a_noted_head_tells_a_trail_cut_or_written_anew,
    audit::the_trail_of_a_message_has_its_reports,
    audit::old_lines_are_forgotten_without_breaking_the_chain,
    audit::a_check_is_not_disturbed_by_a_running_server,
    searches::history_is_read_beside_a_running_server,
    backup::a_copy_taken_under_load_restores_all_that_was_acknowledged_before,
    backup::bodies_deleted_meanwhile_and_damaged_before_are_told_apart,
    tallies::what_was_counted_is_in_a_backup,
    quarantine::what_was_set_aside_is_listed_until_it_is_forgotten,
    quarantine::a_body_that_disagrees_with_its_record_is_not_given_out,
    quarantine::a_record_that_cannot_be_read_stays_alone,
    quarantine::a_place_in_an_inbox_that_cannot_be_read_stops_nobody,
}
