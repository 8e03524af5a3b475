use std::collections::BTreeMap;

use deskledger_domain::{
    AuditedQuery, CredentialKind, ExportFormat, ExportQuery, ExportRequest, Principal, ProjectId,
    ProjectScope,
};
use deskledger_identity::Proof;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// Who asked for what, as the database keeps it for the process that the link is followed in.
///
/// It holds the parameters as they were sent, and with what the user proved who they are: that is looked at again, and the
/// policy is asked again, when the link is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "version", deny_unknown_fields)]
pub(crate) enum LinkRequest {
    /// The first form, and so far the only one.
    #[serde(rename = "1")]
    V1 {
        user: String,
        roles: Vec<String>,
        proof: Proof,
        parameters: BTreeMap<String, String>,
    },
}

impl LinkRequest {
    /// What `principal` asks for with these parameters: for the file of a task those of its export.
    pub(crate) fn new(
        principal: &Principal,
        proof: Proof,
        parameters: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self::V1 {
            user: principal.user().to_owned(),
            roles: principal.roles().map(str::to_owned).collect(),
            proof,
            parameters: parameters.into_iter().collect(),
        }
    }

    /// The text that is kept.
    ///
    /// # Errors
    /// Never, unless memory is short.
    pub(crate) fn to_json(&self) -> Result<String, ApiError> {
        serde_json::to_string(self).map_err(ApiError::internal)
    }

    /// Reads what was kept.
    ///
    /// # Errors
    /// When the text is invalid, or of a later version than this program knows.
    pub(crate) fn from_json(json: &str) -> Result<Self, ApiError> {
        serde_json::from_str(json).map_err(ApiError::internal)
    }

    /// The parameters that were sent.
    pub(crate) fn into_parameters(self) -> BTreeMap<String, String> {
        let Self::V1 { parameters, .. } = self;
        parameters
    }

    /// With what the user proved who they are.
    pub(crate) fn proof(&self) -> &Proof {
        let Self::V1 { proof, .. } = self;
        proof
    }

    /// The same as an audit names it.
    pub(crate) fn credential(&self) -> CredentialKind {
        match self.proof() {
            Proof::AccessKey(_) => CredentialKind::AccessKey,
            Proof::KnownToken(_) | Proof::Token => CredentialKind::Token,
            Proof::Session => CredentialKind::Session,
        }
    }

    /// The user, with the roles that they had when the link was made.
    pub(crate) fn principal(&self, project: &ProjectId) -> Principal {
        let Self::V1 { user, roles, .. } = self;
        Principal::new(user, project.clone(), roles)
    }

    /// What was asked for, as an audit keeps it.
    pub(crate) fn audited_query(&self) -> AuditedQuery {
        let Self::V1 { parameters, .. } = self;
        AuditedQuery::of_pairs(parameters, ExportFormat::default())
    }

    /// What is to be exported in a project.
    ///
    /// # Errors
    /// When a parameter is wrong (400), which a newer program may find.
    pub(crate) fn export(&self, scope: ProjectScope) -> Result<ExportRequest, ApiError> {
        let Self::V1 { parameters, .. } = self;
        Ok(ExportQuery::from_pairs(parameters)?.into_request(scope)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the first version wrote. It is read for as long as a link may wait.
    const KEPT: &str = r#"{"version":"1","user":"ann","roles":["te_admin"],"proof":{"access_key":"AK"},
        "parameters":{"user_name":"jy01@local.com","language":"zh_CN"}}"#;

    #[test]
    fn what_was_kept_is_read_and_written_as_the_same() {
        let request = LinkRequest::from_json(KEPT).unwrap();
        let again = LinkRequest::from_json(&request.to_json().unwrap()).unwrap();
        assert_eq!(again, request);
        assert_eq!(request.credential(), CredentialKind::AccessKey);
        let project = ProjectId::new("p1").unwrap();
        let principal = request.principal(&project);
        assert_eq!(principal.user(), "ann");
        let parameters = [("user_name", "jy01@local.com"), ("language", "zh_CN")];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let proof = Proof::AccessKey("AK".to_owned());
        assert_eq!(LinkRequest::new(&principal, proof, parameters), request);
    }

    #[test]
    fn a_later_version_is_refused() {
        let later = KEPT.replace(r#""version":"1""#, r#""version":"2""#);
        assert!(LinkRequest::from_json(&later).is_err());
    }
}
