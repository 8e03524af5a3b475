//! Two projects share one permit: one asks eight times, the other twice, and they take turns.
//!
//! ```sh
//! cargo run -p deskledger-limiter --example turns
//! ```

use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use deskledger_domain::ProjectId;
use deskledger_limiter::{Bounds, Kind, Limiter, Limits};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let kind = Kind {
        name: "jobs",
        shared_by: "project",
    };
    let limits = Limits {
        bounds: Bounds {
            running: 1,
            running_per_key: 1,
            waiting: 16,
            waiting_per_key: 8,
        },
        queue_time: Duration::from_secs(10),
    };
    let limiter = Limiter::new(kind, limits);
    let (many, few) = (ProjectId::new("many")?, ProjectId::new("few")?);
    let jobs: Vec<_> = [vec![many; 8], vec![few; 2]]
        .concat()
        .into_iter()
        .map(|project| {
            let limiter = limiter.clone();
            tokio::spawn(async move {
                let _permit = limiter.acquire(&project).await?;
                writeln!(std::io::stdout(), "{}", project.as_str())?;
                Ok::<_, Box<dyn Error + Send + Sync>>(())
            })
        })
        .collect();
    for job in jobs {
        job.await?.map_err(|error| error.to_string())?;
    }
    Ok(())
}
