use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, OnceLock};

use actix_web::{HttpRequest, HttpResponse};
use deskledger_audit::{ListedPage, SweepKey};
use deskledger_domain::{Action, ExportProgress, MAX_TEXT_CHARS, Parameter};
use deskledger_ingest::RecordLine;
use deskledger_settings::AuditedLists;

use super::caller::{Authorized, Identified};
use super::route::{Endpoint, Protected};
use super::{asks_for_head, json};
use crate::audit::Subject;
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;
use crate::http::query;
use deskledger_contract::openapi::Record;

/// One record.
pub(super) struct ShowConnection;

impl Endpoint for ShowConnection {
    const REFUSALS: &'static [ErrorCode] =
        &[ErrorCode::RecordNotFound, ErrorCode::UnknownParameter];
}

impl Protected for ShowConnection {
    const ACTION: Action = Action::ListConnections;
}

/// Shows one connection record.
///
/// The record of the project with this transaction, as the list has it. A record of another project, or of a connection whose
/// start is not known yet, is not found.
#[utoipa::path(
    get,
    path = "/v2/{project_id}/connections/desktops/{transaction_id}",
    operation_id = "ShowLoginRecord",
    tag = "Connections",
    impl_for = ShowConnection,
    responses((status = 200, description = "The record.", body = Record)),
)]
pub(super) async fn show_connection(
    authorized: Authorized<ShowConnection>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let Authorized { caller, scope, .. } = authorized;
    caller.refuse_parameters()?;
    let id = transaction_id(&caller.request)?;
    tracing::info!(
        user = caller.principal.user(),
        project = %scope.project_id(),
        transaction = &*id,
        "record asked for"
    );

    let store = Arc::clone(&caller.state.store);
    let project = scope.project_id().clone();
    let asked = id.clone();
    let (response, page) = caller
        .state
        .page(&project, 1, move || {
            // Which no record has, so the database need not be asked.
            let can_be_one = asked.chars().count() <= MAX_TEXT_CHARS && !asked.contains('\0');
            let found = if can_be_one {
                store.record(&scope, &asked)?
            } else {
                None
            };
            let record = found.ok_or_else(|| ApiError::no_such_record(&asked))?;
            let json = json(&RecordLine::from(record.into_parts().1))?;
            let page = ListedPage {
                records: 1,
                bytes: json.len() as u64,
                is_first: false,
                more: true,
            };
            Ok((json, page))
        })
        .await?;
    if !asks_for_head(&caller.request) {
        audit(&caller, id, page).await?;
    }
    Ok(response)
}

/// The transaction in the path, as it was sent: the router's own decoding replaces what is not UTF-8.
///
/// # Errors
/// When it cannot be decoded (400).
fn transaction_id(request: &HttpRequest) -> Result<String, ApiError> {
    let segment = request.uri().path().split('/').nth(5).unwrap_or_default();
    query::decode(segment).ok_or_else(|| {
        ApiError::new(
            ErrorCode::InvalidRequest,
            "transaction_id in the path is not percent-encoded UTF-8",
        )
    })
}

/// Writes down that a record is handed out, where the settings ask for that, or where it is one of many: those that a user asks
/// for one by one count together, whatever their transactions are.
///
/// # Errors
/// When it cannot be written down (503).
async fn audit(
    caller: &Identified<ShowConnection>,
    id: String,
    page: ListedPage,
) -> Result<(), ApiError> {
    let log = &caller.state.audit_log;
    match caller.state.audited_lists {
        AuditedLists::Off => Ok(()),
        AuditedLists::Sweeps => {
            let key = SweepKey::new(&caller.principal, one_by_one());
            // It is about many transactions, and so names none.
            let audit = || caller.audit(Subject::list(&[]));
            log.count_page(&key, page, audit).await
        }
        AuditedLists::All => {
            let progress = ExportProgress {
                rows: page.records,
                bytes: page.bytes,
                ..ExportProgress::default()
            };
            let pairs = [(Parameter::TransactionId.name().to_owned(), id)];
            Ok(log
                .record(caller.audit(Subject::list(&pairs))?, progress)
                .await?)
        }
    }
}

/// What stands for the filter of a list, where records are asked for one by one. It is of this process alone.
fn one_by_one() -> u64 {
    static HASH: OnceLock<u64> = OnceLock::new();
    *HASH.get_or_init(|| RandomState::new().hash_one("one by one"))
}
