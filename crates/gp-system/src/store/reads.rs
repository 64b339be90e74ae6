//! What callers and pages read of the records. Every read fails only when the records cannot be
//! read, or one of them is damaged.

use itk3::ReceivedSection;
use jiff::Timestamp;

use super::{
    Store, alerts, findings, inbox, neighbours, outbox, received, removal, reviews, sections, sent,
    task_steps, tasks,
};
use crate::{
    AttachmentContent, ConsultationId, ConsultationRecord, Counts, InboxPage, InboxQuery,
    Neighbours, PlacedAnswer, PracticeError, ReceivedFinding, ReceivedMessage, Removal, SentCounts,
    SentPage, SentQuery, Task, TaskId, TaskReview, TaskStep,
};

/// Rows of the longest list a caller is given.
const LONGEST_LIST: u32 = 500;

impl Store {
    /// One page of the sent consultations.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn sent(&self, query: &SentQuery) -> Result<SentPage, PracticeError> {
        self.read(|connection| sent::page(connection, query))
    }

    /// The latest consultations that a query finds, at most so many, whatever its page.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn first_sent(
        &self,
        query: &SentQuery,
        limit: u32,
    ) -> Result<Vec<ConsultationRecord>, PracticeError> {
        self.read(|connection| sent::first(connection, query, limit))
    }

    /// The latest 500 consultations, newest first, without their timelines.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn consultations(&self) -> Result<Vec<ConsultationRecord>, PracticeError> {
        self.read(|connection| sent::list(connection, LONGEST_LIST))
    }

    /// One consultation with its timeline.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn consultation(
        &self,
        id: ConsultationId,
    ) -> Result<Option<ConsultationRecord>, PracticeError> {
        self.read(|connection| sent::by_id(connection, id))
    }

    /// The latest 500 tasks of the workflow inbox, archived ones included, newest first.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn tasks(&self) -> Result<Vec<Task>, PracticeError> {
        self.read(|connection| tasks::list(connection, LONGEST_LIST))
    }

    /// One page of the workflow inbox.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn inbox(&self, query: &InboxQuery) -> Result<InboxPage, PracticeError> {
        self.read(|connection| inbox::page(connection, query))
    }

    /// The first tasks that a query finds in its order, at most so many, whatever its page.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn first_of_inbox(
        &self,
        query: &InboxQuery,
        limit: u32,
    ) -> Result<Vec<Task>, PracticeError> {
        self.read(|connection| inbox::first(connection, query, limit))
    }

    /// The senders of all tasks, each once, at most two hundred.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn inbox_senders(&self) -> Result<Vec<String>, PracticeError> {
        self.read(inbox::senders)
    }

    /// What stands before and behind a task in the list that a query finds, whatever its page; none when there
    /// is no such task.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn neighbours(
        &self,
        query: &InboxQuery,
        task: TaskId,
    ) -> Result<Option<Neighbours>, PracticeError> {
        self.read(|connection| neighbours::of(connection, query, task))
    }

    /// What happened to a task, oldest first.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn task_history(&self, id: TaskId) -> Result<Vec<TaskStep>, PracticeError> {
        self.read(|connection| task_steps::of_task(connection, id))
    }

    /// One task.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn task(&self, id: TaskId) -> Result<Option<Task>, PracticeError> {
        self.read(|connection| tasks::by_id(connection, id))
    }

    /// The review of a task's entries; none of a task that is filed as a whole.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn review(&self, task: TaskId) -> Result<Option<TaskReview>, PracticeError> {
        self.read(|connection| reviews::by_task(connection, task))
    }

    /// What a task's document says under headings, in its order; nothing of a document that is a file.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn task_sections(&self, id: TaskId) -> Result<Vec<ReceivedSection>, PracticeError> {
        self.read(|connection| sections::of_task(connection, id))
    }

    /// The bytes of a task's document (position 0) or of one of its attachments.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn attachment(
        &self,
        task: TaskId,
        position: u32,
    ) -> Result<Option<AttachmentContent>, PracticeError> {
        self.read(|connection| tasks::attachment(connection, task, position))
    }

    /// The latest 500 messages received on document workflows and the answers they got, refused
    /// ones included, newest first.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn received(&self) -> Result<Vec<ReceivedMessage>, PracticeError> {
        self.read(|connection| received::documents(connection, LONGEST_LIST))
    }

    /// One message received on a document workflow, with everything that was found in it.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn received_message(
        &self,
        number: u32,
    ) -> Result<Option<(ReceivedMessage, Vec<ReceivedFinding>)>, PracticeError> {
        self.read(|connection| {
            let message = received::by_number(connection, number)?;
            let key = received::key(connection, number)?;
            message
                .zip(key)
                .map(|(message, key)| Ok((message, findings::of(connection, &key)?)))
                .transpose()
        })
    }

    /// The message that raised a task.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn received_as(&self, task: TaskId) -> Result<Option<ReceivedMessage>, PracticeError> {
        self.read(|connection| received::of_task(connection, task))
    }

    /// The answers to the message that raised a task, and how far each has come.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn answers_of_task(&self, task: TaskId) -> Result<Vec<PlacedAnswer>, PracticeError> {
        self.read(|connection| outbox::answers_of_task(connection, task))
    }

    /// What was removed since it was kept long enough, the latest day first; the latest 100 days.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn removals(&self) -> Result<Vec<Removal>, PracticeError> {
        self.read(removal::list)
    }

    /// How many consultations are in each state.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn sent_counts(&self) -> Result<SentCounts, PracticeError> {
        self.read(sent::by_state)
    }

    /// The latest messages received on document workflows, each with the task it raised; at most 500.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn latest_received(
        &self,
        limit: u32,
    ) -> Result<Vec<(ReceivedMessage, Option<Task>)>, PracticeError> {
        self.read(|connection| {
            received::documents(connection, limit.min(LONGEST_LIST))?
                .into_iter()
                .map(|message| {
                    let task = message.task.map(|id| tasks::by_id(connection, id));
                    Ok((message, task.transpose()?.flatten()))
                })
                .collect()
        })
    }

    /// When the oldest open task came.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn oldest_task(&self) -> Result<Option<Timestamp>, PracticeError> {
        self.read(tasks::oldest_open)
    }

    /// How much of everything there is.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn counts(&self) -> Result<Counts, PracticeError> {
        self.read(|connection| {
            let (under_way, delivered, failed) = sent::counts(connection)?;
            Ok(Counts {
                tasks: tasks::count_open(connection)?,
                alerts: alerts::count_open(connection)?,
                under_way,
                delivered,
                failed,
            })
        })
    }
}
