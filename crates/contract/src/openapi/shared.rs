//! Refusals that operations share, each written once under a name: generators make one type of each.

use std::collections::BTreeMap;

use utoipa::openapi::path::Operation;
use utoipa::openapi::{Ref, RefOr, Response};

use crate::ErrorCode;

/// Moves every refusal out of its operation and puts a reference there. Returns the refusals by their names: that of the
/// status, and behind it that of the first operation where refusals with one status differ.
pub(super) fn name_refusals<'a>(
    operations: impl Iterator<Item = &'a mut Operation>,
) -> BTreeMap<String, RefOr<Response>> {
    let mut operations: Vec<_> = operations.collect();
    let mut by_status = BTreeMap::<String, Vec<(String, Response)>>::new();
    for operation in &operations {
        let name = operation.operation_id.clone().unwrap_or_default();
        for (status, response) in refusals(operation) {
            let different = by_status.entry(status.clone()).or_default();
            if !different.iter().any(|(_, other)| other == response) {
                different.push((name.clone(), response.clone()));
            }
        }
    }
    let named: Vec<_> = by_status
        .into_iter()
        .flat_map(|(status, different)| {
            let is_alone = different.len() == 1;
            different.into_iter().map(move |(operation, response)| {
                let first = if is_alone { "" } else { &operation };
                (status.clone(), name(&status, first), response)
            })
        })
        .collect();
    for operation in &mut operations {
        for (status, response) in &mut operation.responses.responses {
            let RefOr::T(inline) = response else { continue };
            let found = named
                .iter()
                .find(|(of, _, shared)| of == status && shared == inline);
            if let Some((_, name, _)) = found {
                *response = RefOr::Ref(Ref::from_response_name(name));
            }
        }
    }
    named
        .into_iter()
        .map(|(_, name, response)| (name, response.into()))
        .collect()
}

/// The answers with a status of 400 and more.
fn refusals(operation: &Operation) -> impl Iterator<Item = (&String, &Response)> {
    let responses = operation.responses.responses.iter();
    responses.filter_map(|(status, response)| match response {
        RefOr::T(response) if status.as_str() >= "400" => Some((status, response)),
        _ => None,
    })
}

/// `PayloadTooLarge`, or `BadRequestOfListLoginRecordsNew`.
fn name(status: &str, operation: &str) -> String {
    let mut codes = ErrorCode::ALL.iter();
    let code = codes.find(|code| code.status().to_string() == status);
    let reason = code.map_or("", |code| code.status_name());
    if operation.is_empty() {
        reason.to_owned()
    } else {
        format!("{reason}Of{operation}")
    }
}
