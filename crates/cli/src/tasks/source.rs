use std::sync::Arc;

use deskledger_contract::TaskList;
use deskledger_domain::{ProjectScope, TaskQuery};
use deskledger_identity::url::encode;
use deskledger_settings::Settings;
use deskledger_store::ExportTaskStore;
use serde::Deserialize;

use crate::database::open_all;
use crate::failure::Failure;
use crate::filter::Pairs;
use crate::format::mistake;
use crate::service::{Client, Repeat, Service, query};

/// Where tasks are looked for.
pub(super) enum Source {
    Database(Arc<dyn ExportTaskStore>),
    Service(Box<Client>),
}

impl Source {
    pub(super) fn of(
        service: &Service,
        load: impl FnOnce() -> Result<Settings, Failure>,
    ) -> Result<Self, Failure> {
        match service.client()? {
            Some(client) => Ok(Self::Service(Box::new(client))),
            None => Ok(Self::Database(open_all(&load()?)?.export_tasks())),
        }
    }

    /// A list of tasks, as the service answers it.
    pub(super) fn list(&self, scope: &ProjectScope, pairs: Pairs) -> Result<String, Failure> {
        let store = match self {
            Self::Service(client) => {
                let project = encode(scope.project_id().as_str());
                let path = query(&format!("/v2/{project}/export-tasks"), pairs);
                return client.get(&path, Repeat::Any);
            }
            Self::Database(store) => store,
        };
        let filter = TaskQuery::from_pairs(pairs)
            .and_then(|query| query.into_filter(scope.clone()))
            .map_err(mistake)?;
        let page = store.list(&filter).map_err(Failure::new)?;
        serde_json::to_string(&TaskList::new(page.total, &page.tasks)).map_err(Failure::new)
    }

    pub(super) fn read<'a, T: Deserialize<'a>>(&self, json: &'a str) -> Result<T, Failure> {
        match self {
            Self::Service(client) => client.read(json),
            Self::Database(_) => serde_json::from_str(json).map_err(Failure::new),
        }
    }
}
