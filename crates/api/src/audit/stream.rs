use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::web::Bytes;
use deskledger_audit::OpenAudit;
use deskledger_domain::{ExportOutcome, error_chain};
use futures_util::Stream;

use crate::connection::{ConnectionControl, CutReason};

/// The bytes of a download. However it ends, its audit is closed: with what was handed over until then.
pub(crate) struct AuditedStream<S> {
    bytes: S,
    /// How many bytes are to come. A client that has them all may leave before the stream says that it has ended.
    left: u64,
    /// How many records they hold, all together; `None` for a part of a file.
    rows: Option<u64>,
    /// `None` once it is closed.
    audit: Option<OpenAudit>,
    connection: Option<Arc<ConnectionControl>>,
}

impl<S> AuditedStream<S> {
    /// The download of `bytes`, which are so many and hold so many records, over a connection.
    pub(crate) fn new(
        bytes: S,
        (length, rows): (u64, Option<u64>),
        audit: OpenAudit,
        connection: Option<Arc<ConnectionControl>>,
    ) -> Self {
        Self {
            bytes,
            left: length,
            rows,
            audit: Some(audit),
            connection,
        }
    }

    fn close(&mut self, outcome: ExportOutcome, error: &str) {
        if let Some(audit) = self.audit.take() {
            audit.close(outcome, error);
        }
    }
}

impl<S, E> Stream for AuditedStream<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Error,
{
    type Item = Result<Bytes, E>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Poll::Ready(item) = Pin::new(&mut self.bytes).poll_next(context) else {
            return Poll::Pending;
        };
        match &item {
            Some(Ok(bytes)) => {
                if let Some(audit) = &self.audit {
                    audit.progress().add_bytes(bytes.len());
                }
                self.left = self.left.saturating_sub(bytes.len() as u64);
                if self.left == 0 {
                    if let (Some(audit), Some(rows)) = (&self.audit, self.rows) {
                        audit.progress().set_rows(rows);
                    }
                    self.close(ExportOutcome::Done, "");
                }
            }
            Some(Err(error)) => {
                let reason = "the storage of the file failed".to_owned();
                let error = error_chain(error);
                self.close(ExportOutcome::Failed { reason }, &error);
            }
            None => self.close(ExportOutcome::Done, ""),
        }
        Poll::Ready(item)
    }
}

impl<S> Drop for AuditedStream<S> {
    fn drop(&mut self) {
        let cut = self.connection.as_ref();
        let outcome = match cut.and_then(|connection| connection.aborted()) {
            Some(CutReason::SlowReader) => ExportOutcome::ClientSlow,
            Some(CutReason::BelowMinimumRate) => ExportOutcome::ClientSlowWhileOthersWaited,
            Some(CutReason::Cancelled) => ExportOutcome::Cancelled,
            _ => ExportOutcome::ClientLeft,
        };
        self.close(outcome, "");
    }
}
