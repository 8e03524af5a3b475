use actix_web::HttpResponse;
use deskledger_contract::openapi::of_records;
use deskledger_contract::{LinkCreated, filter_refusals_and};
use deskledger_domain::{Action, AuditVia, ExportFormat, ExportQuery, ExportRequest, Parameter};
use deskledger_identity::LinkSecret;
use utoipa::openapi::path::Parameter as Described;

use super::caller::Identified;
use super::route::{Endpoint, Protected};
use crate::audit::Subject;
use crate::error::{ApiError, ErrorCode};
use crate::http::no_store::NoStore;
use crate::link::{LinkRequest, LinkService, WantedLink};

/// The making of a link to an export. It is audited where it is refused, so its handler has an order of its own.
pub(in crate::endpoint) struct MakeExportLink;

impl Endpoint for MakeExportLink {
    const PARAMETERS: &'static [Parameter] = &ExportQuery::PARAMETERS;
    const REFUSALS: &'static [ErrorCode] = &filter_refusals_and::<5, 14>([
        ErrorCode::EndWithoutStart,
        ErrorCode::UnknownLanguage,
        ErrorCode::UnknownFormat,
        ErrorCode::NoSummary,
        ErrorCode::TooManyRows,
    ]);

    fn describe(parameter: Parameter) -> Described {
        of_records(parameter)
    }
}

impl Protected for MakeExportLink {
    const ACTION: Action = Action::ExportConnections;
}

/// Makes a link by which a browser takes an export.
///
/// The parameters are those of the export. Everything is checked now that can be: rights, parameters, how many records match,
/// whether an export can be audited. The `url` of the answer is followed once, within `expires_in` seconds, by a client that
/// sends no credentials, such as the download manager of a browser; rights are asked for again then.
#[utoipa::path(
    post,
    path = "/v2/{project_id}/connections/desktops/export-links",
    operation_id = "CreateExportLink",
    tag = "Export links",
    impl_for = MakeExportLink,
    responses((status = 201, description = "The link.", body = LinkCreated)),
)]
pub(in crate::endpoint) async fn make_export_link(
    caller: Identified<MakeExportLink>,
) -> Result<NoStore<HttpResponse>, ApiError> {
    let pairs = caller.pairs_as_far_as_possible();
    let subject = Subject::export(AuditVia::Link, pairs, ExportFormat::default());
    let audit = caller.audit(subject)?;
    let wanted = wanted(&caller).await;
    let (wanted, _) = caller.or_audited(wanted, audit).await?;
    let total_count = wanted.total_count;
    let links = &caller.state.links;
    let (id, secret) = links.make(&caller.principal, wanted).await?;
    tracing::info!(
        link = id.as_str(),
        user = caller.principal.user(),
        project = caller.principal.project_id().as_str(),
        records = total_count,
        "export link made"
    );
    Ok(NoStore(created(links, id.as_str(), &secret, total_count)))
}

/// The answer that is a link.
pub(super) fn created(
    links: &LinkService,
    id: &str,
    secret: &LinkSecret,
    total_count: Option<u64>,
) -> HttpResponse {
    HttpResponse::Created().json(LinkCreated {
        id,
        url: &super::FOLLOW.replace("{secret}", &secret.text()),
        expires_in: links.waits().as_secs(),
        total_count,
    })
}

/// What a request asks for, where its sender may have it and it could begin now.
async fn wanted(caller: &Identified<MakeExportLink>) -> Result<WantedLink, ApiError> {
    let scope = caller.authorize()?;
    caller.refuse_body()?;
    let pairs = caller.pairs()?;
    // Read now, so that what is wrong is refused now, and read again when the link is followed.
    let ExportRequest { filter, .. } =
        ExportQuery::from_pairs(pairs.iter().map(|(name, value)| (name, value)))?
            .into_request(scope.clone())?;
    let state = &caller.state;
    state.audit_log.check()?;
    let exports = state.exports.clone();
    let counted = state.query(scope.project_id(), move || exports.count(&filter));
    let total_count = counted.await?;
    state.exports.check_count(total_count)?;
    let proof = super::proof(caller);
    Ok(WantedLink {
        scope,
        request: LinkRequest::new(&caller.principal, proof, pairs.clone()),
        session: super::session(caller),
        task_id: None,
        total_count: Some(total_count),
        total_bytes: None,
    })
}
