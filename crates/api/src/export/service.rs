use std::io::Write;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use deskledger_audit::{AuditLogClient, OpenAudit, ProgressCounter};
use deskledger_domain::{
    AuditExportRequest, AuditId, Clock, ExportAudit, ExportFilter, ExportOutcome, ExportRequest,
    Page, PageStart, ProjectId, error_chain,
};
use deskledger_limiter::{Limiter, Permit, Progress};
use deskledger_settings::LimitSettings;
use deskledger_store::{AuditStore, Cancellation, RecordStore, StoreError};
use tracing::Span;

use super::counted::Counted;
use super::sink::{BodySink, Message, Patience};
use super::write::write_audits;
use super::{Export, ExportFailure, write_export};
use crate::audit::{self, refusal};
use crate::connection::{ConnectionControl, CutReason};
use crate::error::{ApiError, ErrorCode};
use crate::http::coding::{Coding, Encoder};
use deskledger_lifecycle::Work;

/// Runs exports: each on a thread of its own, as many at once as the limits allow.
#[derive(Clone)]
pub(crate) struct ExportService {
    store: Arc<dyn RecordStore>,
    clock: Clock,
    limiter: Limiter,
    max_records: Option<u64>,
    silence: Duration,
    progress: Progress,
}

/// What follows an export while it runs, and may end it: a link.
pub(crate) trait Follower: Send {
    /// It begins. Once `cancellation` is cancelled, it ends soon.
    fn begin(&self, cancellation: &Cancellation, progress: &Arc<ProgressCounter>);

    /// Whether the file, which is whole but for its last bytes, is to be ended in order. It blocks.
    fn may_end(&self) -> bool;

    /// It ended: `Ok` where all of the file was handed over, else with the code of the error where one was to blame. It blocks.
    fn end(&self, how: Result<(), Option<ErrorCode>>);
}

/// How an export travels to its client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transfer {
    /// How it is compressed on its way.
    pub(crate) coding: Coding,
    /// It must be sent whole, with its length, or not at all.
    pub(crate) whole: bool,
}

/// One export on its thread.
struct Job {
    exports: ExportService,
    source: Source,
    coding: Coding,
    cancellation: Cancellation,
    connection: Option<Arc<ConnectionControl>>,
    permit: Permit,
    audit: OpenAudit,
    follower: Option<Box<dyn Follower>>,
}

/// What an export hands out.
enum Source {
    /// The records of a request.
    Records(Box<ExportRequest>),
    /// The audits of a request, without that of this export.
    Audits(Arc<dyn AuditStore>, AuditExportRequest, AuditId),
}

impl ExportService {
    /// A service over a store, with these limits.
    pub(crate) fn new(store: Arc<dyn RecordStore>, clock: Clock, limits: &LimitSettings) -> Self {
        Self {
            store,
            clock,
            limiter: Work::Exports.limiter(limits),
            max_records: (limits.max_records > 0).then_some(limits.max_records),
            silence: Duration::from_secs(limits.slow_client_seconds),
            progress: Progress::new(limits.min_bytes_per_second, limits.min_rate_window()),
        }
    }

    /// What bounds how many run.
    pub(crate) fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// Waits for a permit of a project, and writes down that its export begins: before it waits, or when it has a permit. One
    /// that is refused at once never began, and is written down as that.
    ///
    /// # Errors
    /// When there is no permit in time (429, 503), or the audit cannot be written (503).
    async fn admit(
        &self,
        project: &ProjectId,
        audit_log: &AuditLogClient,
        audit: ExportAudit,
    ) -> Result<(Permit, OpenAudit), ApiError> {
        let asked = self.limiter.ask(project);
        if asked.waits() {
            let audit = audit_log.open(audit).await?;
            return match asked.answer().await {
                Ok(permit) => Ok((permit, audit)),
                Err(reason) => {
                    let error = ApiError::from(reason);
                    audit.close(refusal(&error), "");
                    Err(error)
                }
            };
        }
        match asked.answer().await {
            Ok(permit) => Ok((permit, audit_log.open(audit).await?)),
            Err(reason) => {
                let error = ApiError::from(reason);
                audit::refuse(audit_log, audit, &error).await;
                Err(error)
            }
        }
    }

    /// How many records match, for those who want to know it before: as the list counts them.
    ///
    /// # Errors
    /// When the database fails, or takes longer than a list may.
    pub(crate) fn count(&self, filter: &ExportFilter) -> Result<u64, StoreError> {
        let nothing = Page::new(PageStart::Offset(0), 0);
        Ok(self.store.page(filter, &nothing)?.total.unwrap_or_default())
    }

    /// Whether so many records may be exported at once.
    ///
    /// # Errors
    /// When they are too many.
    pub(crate) fn check_count(&self, matched: u64) -> Result<(), ExportFailure> {
        match self.max_records {
            Some(most) if matched > most => Err(ExportFailure::TooManyRecords { matched, most }),
            _ => Ok(()),
        }
    }

    /// Reads what is asked for and writes it into `sink`. `progress` receives the progress. It blocks.
    ///
    /// # Errors
    /// When there are too many records, the database or the sink fails, or `cancellation` was cancelled.
    pub(crate) fn write<W: Write + Send>(
        &self,
        request: &ExportRequest,
        cancellation: &Cancellation,
        sink: W,
        progress: &ProgressCounter,
    ) -> Result<W, ExportFailure> {
        if self.max_records.is_some() {
            self.check_count(self.store.count(&request.filter)?)?;
        }
        let (sink, _) = write_export(
            self.store.as_ref(),
            request,
            self.clock.now(),
            cancellation,
            sink,
            &mut |written| progress.set_rows(written),
        )?;
        Ok(sink)
    }

    /// Starts an export and waits for its first bytes. However it ends, its audit is written and closed.
    ///
    /// # Errors
    /// When there is no permit to run it, its audit cannot be written, or it fails before its first bytes.
    pub(crate) async fn start(
        &self,
        request: ExportRequest,
        transfer: Transfer,
        (audit_log, audit): (&AuditLogClient, ExportAudit),
        connection: Option<Arc<ConnectionControl>>,
        follower: Option<Box<dyn Follower>>,
    ) -> Result<Export, ApiError> {
        let project = request.filter.project_id();
        let (permit, mut audit) = self.admit(project, audit_log, audit).await?;
        audit.begin();
        let source = Source::Records(Box::new(request));
        let run = (source, audit, follower);
        self.run(run, permit, transfer, connection).await
    }

    /// The same for the audits of a request.
    ///
    /// # Errors
    /// When there is no permit to run it, its audit cannot be written, or it fails before its first bytes.
    pub(crate) async fn start_audits(
        &self,
        (audits, request): (Arc<dyn AuditStore>, AuditExportRequest),
        transfer: Transfer,
        (audit_log, audit): (&AuditLogClient, ExportAudit),
        connection: Option<Arc<ConnectionControl>>,
    ) -> Result<Export, ApiError> {
        let project = request.filter.project_id();
        let own = audit.fields().id.clone();
        let (permit, mut audit) = self.admit(project, audit_log, audit).await?;
        audit.begin();
        let run = (Source::Audits(audits, request, own), audit, None);
        self.run(run, permit, transfer, connection).await
    }

    /// Runs an export on a thread of its own and waits for its first bytes.
    async fn run(
        &self,
        (source, audit, follower): (Source, OpenAudit, Option<Box<dyn Follower>>),
        permit: Permit,
        transfer: Transfer,
        connection: Option<Arc<ConnectionControl>>,
    ) -> Result<Export, ApiError> {
        let cancellation = Cancellation::new();
        if let Some(follower) = &follower {
            follower.begin(&cancellation, audit.progress());
        }
        let patience = Patience {
            silence: self.silence,
            progress: self.progress,
            demand: Some(permit.demand()),
        };
        let (sink, messages) = BodySink::new(patience, Arc::clone(audit.progress()));
        let sink = if transfer.whole { sink.whole() } else { sink };
        let coding = transfer.coding;
        let sink = if coding == Coding::Identity {
            sink
        } else {
            sink.uncounted()
        };
        let answered_by = connection.clone();
        let job = Job {
            exports: self.clone(),
            source,
            coding,
            cancellation: cancellation.clone(),
            connection,
            permit: permit.clone(),
            audit,
            follower,
        };
        let span = Span::current();
        thread::Builder::new()
            .name("export".to_owned())
            .spawn(move || span.in_scope(|| job.run(sink)))
            .map_err(ApiError::internal)?;
        Export::begin(messages, transfer.whole, cancellation, permit, answered_by)
            .await
            .map_err(|failure| match failure {
                Some(failure) => ApiError::from(failure),
                None => ApiError::internal("the thread of the export ended without a result"),
            })
    }
}

impl Job {
    fn run(self, mut sink: BodySink) {
        let failures = sink.sender();
        let written = match self.write(&mut sink) {
            // The client has seen nothing of it, so it is made once more, from the primary.
            Err(failure) if failure.is_of_replica() && sink.forget() => self.write(&mut sink),
            written => written,
        };
        let result = written
            .and_then(|()| sink.finish())
            .map_err(|failure| self.judge(failure));
        // It is free before anybody learns that the export ended.
        drop(self.permit);
        match result {
            Ok(()) => {
                self.audit.close(ExportOutcome::Done, "");
                if let Some(follower) = &self.follower {
                    follower.end(Ok(()));
                }
            }
            Err(failure) => {
                self.audit.close(failure.outcome(), &error_chain(&failure));
                if let (
                    ExportFailure::ClientSlow | ExportFailure::ClientSlowWhileOthersWaited,
                    Some(connection),
                ) = (&failure, &self.connection)
                {
                    connection.abort(CutReason::SlowReader);
                }
                // It finds room before the first bytes, where it is wanted; after them, that the
                // channel ends without its end is enough.
                let code = failure.error_code();
                let _ = failures.try_send(Message::Failed(failure));
                if let Some(follower) = &self.follower {
                    follower.end(Err(code));
                }
            }
        }
    }

    /// A client that was cut because it stopped reading has not left by itself.
    fn judge(&self, failure: ExportFailure) -> ExportFailure {
        let cut = self
            .connection
            .as_ref()
            .and_then(|connection| connection.aborted());
        match (failure, cut) {
            (ExportFailure::ClientLeft, Some(CutReason::SlowReader)) => ExportFailure::ClientSlow,
            (ExportFailure::ClientLeft, Some(CutReason::Cancelled)) => ExportFailure::Cancelled,
            (failure, _) => failure,
        }
    }

    /// Writes all but the end.
    fn write(&self, sink: &mut BodySink) -> Result<(), ExportFailure> {
        let (exports, cancellation) = (&self.exports, &self.cancellation);
        let progress = self.audit.progress();
        let counts = (self.coding != Coding::Identity).then(|| Arc::clone(progress));
        let encoder = Counted::new(Encoder::new(self.coding, sink)?, counts);
        let encoder = match &self.source {
            Source::Records(request) => exports.write(request, cancellation, encoder, progress)?,
            Source::Audits(audits, request, own) => {
                let now = exports.clock.now();
                write_audits(
                    audits.as_ref(),
                    request,
                    Some(own),
                    now,
                    cancellation,
                    encoder,
                    &mut |written| progress.set_rows(written),
                )?
            }
        };
        encoder.into_inner().finish()?;
        if self
            .follower
            .as_ref()
            .is_some_and(|follower| !follower.may_end())
        {
            return Err(ExportFailure::Cancelled);
        }
        Ok(())
    }
}
