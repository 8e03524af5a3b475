use deskledger_domain::error_chain;

use super::Runner;
use super::runner::warn;
use crate::error::ApiError;

impl Runner {
    /// Lets tasks expire, and deletes their files.
    pub(super) async fn expire(&self) {
        let now = self.clock.now();
        loop {
            match self.ask(move |tasks| tasks.expire(now)).await {
                Ok(keys) if keys.is_empty() => return,
                Ok(keys) => {
                    tracing::info!(files = keys.len(), "export tasks expired");
                    self.delete(&keys).await;
                }
                Err(error) => return warn("export tasks could not expire", &error),
            }
        }
    }

    /// Deletes files that no task needs: what a process left that was killed, or could not delete.
    pub(super) async fn sweep(&self) {
        match self.find_unused().await {
            Ok(keys) if keys.is_empty() => {}
            Ok(keys) => {
                tracing::warn!(
                    files = keys.len(),
                    "files that no export task needs are deleted"
                );
                self.delete(&keys).await;
            }
            Err(error) => warn(
                "files that no export task needs could not be looked for",
                &error,
            ),
        }
    }

    async fn find_unused(&self) -> Result<Vec<String>, ApiError> {
        // Files come after their tasks name them, so the tasks are asked after the files.
        let mut keys = self.storage.keys().await?;
        let mut used = std::collections::HashSet::new();
        for some in keys.chunks(500) {
            let some = some.to_vec();
            used.extend(self.ask(move |tasks| tasks.in_use(&some)).await?);
        }
        keys.retain(|key| !used.contains(key));
        Ok(keys)
    }

    /// Deletes files. One that cannot be deleted is left to the next sweep.
    async fn delete(&self, keys: &[String]) {
        for key in keys {
            if let Err(error) = self.storage.delete(key).await {
                tracing::warn!(error = error_chain(&error), "a file could not be deleted");
            }
        }
    }
}
