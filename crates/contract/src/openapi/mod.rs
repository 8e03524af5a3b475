//! What the API is, as an OpenAPI 3.1 document. The handlers say it of themselves, by `#[utoipa::path]`; here is what
//! they share: parameters, refusals, headers and the ways to say who asks.

mod event;
mod file;
mod filter;
mod header;
mod parameter;
mod query;
mod record;
mod refusal;
mod security;
mod shared;

pub use event::{ConnectionEvents, ContentEncodingHeader, ENCODINGS};
pub use file::{CONTENT_DISPOSITION, exported_file, file};
pub use parameter::{
    of_audit_export, of_audits, of_histogram, of_links, of_records, of_task_export, of_tasks,
    of_users_online, of_values, path_parameter, project_header, range_headers,
};
pub use record::Record;
pub use refusal::{BODY, CREDENTIALS, PROJECT, QUERY, WHOLE, refusals};

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{InfoBuilder, OpenApi, RefOr, Server, info::LicenseBuilder};
use utoipa::{PartialSchema, ToSchema};

/// What the service is, for a reader who is new to the document.
const DESCRIPTION: &str = "Connection records of virtual desktops, handed out as Excel workbooks.\n\n\
    Send a token in the header `X-Auth-Token`, or sign the request with an access key. Every answer carries \
    `X-Request-Id`, which joins it to the log of the service. Every error is JSON, with a code that means one thing.";

/// The whole document, of what the handlers say of themselves.
pub fn complete(mut document: OpenApi) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("deskledger")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(
            LicenseBuilder::new()
                .name(env!("CARGO_PKG_LICENSE"))
                .identifier(Some(env!("CARGO_PKG_LICENSE")))
                .build(),
        ))
        .build();
    document.servers = Some(vec![Server::new("/")]);
    document.security = Some(security::requirements());
    let components = document.components.get_or_insert_default();
    let error = (refusal::ERROR.to_owned(), refusal::schema().into());
    components.schemas.extend([error]);
    components.headers.extend(header::components());
    components.security_schemes.extend(security::schemes());
    for operation in operations(&mut document) {
        add_what_every_operation_has(operation);
    }
    let shared = shared::name_refusals(operations(&mut document));
    let components = document.components.get_or_insert_default();
    components.responses.extend(shared);
    document
}

fn operations(document: &mut OpenApi) -> impl Iterator<Item = &mut Operation> {
    let items = document.paths.paths.values_mut();
    items.flat_map(|item| {
        let PathItem {
            get,
            put,
            post,
            delete,
            patch,
            ..
        } = item;
        [get, put, post, delete, patch].into_iter().flatten()
    })
}

fn add_what_every_operation_has(operation: &mut Operation) {
    let parameters = operation.parameters.get_or_insert_default();
    parameters.push(parameter::request_id().into());
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            response.headers.extend(header::of_every_answer());
        }
    }
}

/// A body that is a file.
pub struct File;

impl PartialSchema for File {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .into()
    }
}

impl ToSchema for File {}
