//! Writing the agent's own reports into IN.

use jiff::civil::DateTime;
use mesh::{ControlFile, StatusRecord};
use nhs::MailboxId;

use super::control_files::{Times, own_report, report_base};
use super::directories::REPORT_PREFIX;
use super::disk::Disk;
use super::environment::Environment;
use super::files::{free_base, rename, sync_directory, write_unsynced};
use crate::ClientError;

/// Writes reports into a mailbox's IN.
#[derive(Clone)]
pub(super) struct Reports {
    mailbox: MailboxId,
    times: Times,
    disk: Disk,
    environment: Environment,
}

impl Reports {
    pub fn new(mailbox: MailboxId, times: Times, disk: Disk, environment: Environment) -> Self {
        Self {
            mailbox,
            times,
            disk,
            environment,
        }
    }

    /// The time to write into control files.
    pub fn now(&self) -> DateTime {
        self.times.local(self.environment.now())
    }

    /// The zone of the times in control files.
    pub fn times(&self) -> &Times {
        &self.times
    }

    /// The base name of a report on the pair or message called `base`.
    pub fn name(&self, base: &str, report: &ControlFile) -> String {
        let record = report.status.as_ref();
        let event = record.map_or("", |record| record.event.as_str());
        report_base(base, event, self.environment.now(), &self.times)
    }

    /// Reports on a pair or message: the fields of `original`, and what happened. On disk when this
    /// returns.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn write(
        &self,
        original: &ControlFile,
        base: &str,
        record: StatusRecord,
    ) -> Result<(), ClientError> {
        let report = own_report(original, record);
        let (base, unique) = (self.name(base, &report), self.environment.unique());
        let work = move |directories: &super::directories::Directories| {
            let temporary = directories.temp.join(format!("{REPORT_PREFIX}{unique}"));
            write_unsynced(&temporary, &report.write())?;
            let base = free_base(&directories.inbox, &base);
            rename(&temporary, &directories.inbox.join(format!("{base}.ctl")))?;
            sync_directory(&directories.inbox)
        };
        self.disk.run("writing a report", work).await
    }

    /// Reports what concerns the mailbox and no message.
    ///
    /// # Errors
    /// [`ClientError::File`]
    pub async fn write_for_mailbox(&self, record: StatusRecord) -> Result<(), ClientError> {
        let mailbox = self.mailbox.to_string();
        let addresses = ControlFile {
            address_type: Some("DTS".to_owned()),
            from_dts: Some(mailbox.clone()),
            to_dts: Some(mailbox.clone()),
            ..ControlFile::default()
        };
        self.write(&addresses, &mailbox, record).await
    }
}
