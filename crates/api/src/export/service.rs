use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use deskledger_domain::{Clock, ExportRequest};
use deskledger_store::{Cancellation, RecordStore};
use tracing::Span;

use super::sink::{BodySink, Piece};
use super::{
    ClientConnection, Export, ExportFailure, ExportLimiter, ExportPermit, ExportSummary,
    write_export,
};
use crate::error::{ApiError, chain};
use crate::settings::LimitSettings;

/// Runs exports: each on a thread of its own, as many at once as the limits allow.
#[derive(Clone)]
pub(crate) struct ExportService {
    store: Arc<dyn RecordStore>,
    clock: Clock,
    limiter: ExportLimiter,
    max_records: Option<u64>,
    patience: Duration,
}

/// One export on its thread.
struct Job {
    store: Arc<dyn RecordStore>,
    clock: Clock,
    request: ExportRequest,
    max_records: Option<u64>,
    cancellation: Cancellation,
    connection: Option<ClientConnection>,
    permit: ExportPermit,
}

impl ExportService {
    /// A service over a store, with these limits.
    pub(crate) fn new(store: Arc<dyn RecordStore>, clock: Clock, limits: &LimitSettings) -> Self {
        Self {
            store,
            clock,
            limiter: ExportLimiter::new(limits),
            max_records: (limits.max_records > 0).then_some(limits.max_records),
            patience: Duration::from_secs(limits.slow_client_seconds),
        }
    }

    /// Starts an export and waits for its first bytes.
    ///
    /// # Errors
    /// When there is no place to run it, or it fails before its first bytes.
    pub(crate) async fn start(
        &self,
        request: ExportRequest,
        connection: Option<ClientConnection>,
    ) -> Result<Export, ApiError> {
        let permit = self.limiter.acquire(request.filter.project_id()).await?;
        let cancellation = Cancellation::new();
        let (sink, pieces) = BodySink::new(self.patience);
        let job = Job {
            store: Arc::clone(&self.store),
            clock: self.clock.clone(),
            request,
            max_records: self.max_records,
            cancellation: cancellation.clone(),
            connection,
            permit: permit.clone(),
        };
        let span = Span::current();
        thread::Builder::new()
            .name("export".to_owned())
            .spawn(move || span.in_scope(|| job.run(sink)))
            .map_err(ApiError::internal)?;
        Export::begin(pieces, cancellation, permit)
            .await
            .map_err(|failure| match failure {
                Some(failure) => ApiError::from(failure).without_cause(),
                None => ApiError::internal("the thread of the export ended without a result"),
            })
    }
}

impl Job {
    fn run(self, sink: BodySink) {
        let started = Instant::now();
        let failures = sink.sender();
        let mut records = 0;
        let result = self.write(sink, &mut records);
        let seconds = started.elapsed().as_secs_f64();
        match result {
            Ok(summary) => tracing::info!(
                outcome = "done",
                records = summary.records,
                bytes = summary.bytes,
                seconds,
                "export ended"
            ),
            Err(failure) => {
                log_failure(&failure, records, seconds);
                if let (ExportFailure::ClientSlow, Some(connection)) = (&failure, &self.connection)
                {
                    connection.shut_down();
                }
                // It finds room before the first bytes, where it is wanted; after them, that the
                // channel ends without its end is enough.
                let _ = failures.try_send(Piece::Failed(failure));
            }
        }
        drop(self.permit);
    }

    fn write(&self, sink: BodySink, records: &mut u64) -> Result<ExportSummary, ExportFailure> {
        if let Some(most) = self.max_records {
            let matched = self.store.count(&self.request.filter)?;
            if matched > most {
                return Err(ExportFailure::TooManyRecords { matched, most });
            }
        }
        let (sink, summary) = write_export(
            self.store.as_ref(),
            &self.request,
            self.clock.now(),
            &self.cancellation,
            sink,
            &mut |written| *records = written,
        )?;
        sink.finish()?;
        Ok(summary)
    }
}

/// A failure of ours is an error; what a client brought about is not.
fn log_failure(failure: &ExportFailure, records: u64, seconds: f64) {
    let (outcome, error) = (failure.outcome(), chain(failure));
    if matches!(
        failure,
        ExportFailure::Store(_) | ExportFailure::Workbook(_) | ExportFailure::Sink(_)
    ) {
        tracing::error!(outcome, records, seconds, error, "export ended");
    } else {
        tracing::warn!(outcome, records, seconds, error, "export ended");
    }
}
