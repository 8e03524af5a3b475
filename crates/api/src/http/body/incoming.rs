use deskledger_identity::BodyProof;
use deskledger_limiter::{Demand, Progress};
use deskledger_settings::LimitSettings;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::StreamExt as _;
use tokio::time::timeout_at;

use super::chunks_of;
use super::failure::BodyFailure;
use super::minimum_rate::MinimumRate;
use crate::connection::ConnectionControl;
use crate::error::ApiError;

/// How often it is looked, while a body is waited for, whether somebody waits for its permit.
const LOOK: Duration = Duration::from_millis(100);

/// The body of a request that may be large.
pub(crate) enum IncomingBody {
    /// It was read before, to find out who sends it.
    Whole(Bytes),
    /// It arrives.
    Unread(UnreadBody),
}

/// A body that was not read yet.
pub(crate) struct UnreadBody {
    payload: Payload,
    /// What brings it, where it comes in chunks.
    chunks: Option<Arc<ConnectionControl>>,
    proof: BodyProof,
    minimum_rate: MinimumRate,
    /// Whether it is slow, and whether somebody waits for it to end: once it has a permit.
    permitted: Option<(Progress, Demand)>,
    /// How many bytes it has, where its head says so.
    announced: Option<u64>,
    read: u64,
    /// How many bytes it may have.
    most: u64,
    /// What helps where it has more.
    remedy: &'static str,
}

impl UnreadBody {
    /// The body of a request, which `proof` proves.
    pub(crate) fn new(
        request: &HttpRequest,
        payload: Payload,
        proof: BodyProof,
        limits: &LimitSettings,
    ) -> Self {
        let length = request.headers().get(CONTENT_LENGTH);
        Self {
            payload,
            chunks: chunks_of(request).cloned(),
            proof,
            minimum_rate: MinimumRate::new(Duration::from_secs(limits.slow_body_seconds)),
            permitted: None,
            announced: length
                .and_then(|length| length.to_str().ok())
                .and_then(|length| length.parse().ok()),
            read: 0,
            most: limits.record_body_bytes,
            remedy: "send it in several parts",
        }
    }

    /// All of a body that its signature alone proves: at most `most` bytes.
    ///
    /// # Errors
    /// When it is too large (413), too slow (408), or breaks off (400).
    pub(crate) async fn read_to_authenticate(self, most: u64) -> Result<Bytes, ApiError> {
        const REMEDY: &str = "a larger one that is signed needs the header X-Sdk-Content-Sha256, with its SHA-256 or \
            UNSIGNED-PAYLOAD";
        Ok(self.whole(most, REMEDY).await?)
    }

    /// The body of a recording that has a permit: it must also keep up with `progress` while there is `demand`.
    pub(crate) fn while_others_wait(mut self, progress: Progress, demand: Demand) -> Self {
        self.permitted = Some((progress, demand));
        self
    }

    /// What proves it.
    pub(crate) const fn proof(&self) -> BodyProof {
        self.proof
    }

    /// All of a body whose hash is signed: at most `most` bytes, and the very ones.
    pub(crate) async fn read_to_prove(self, most: u64) -> Result<Bytes, ApiError> {
        const REMEDY: &str =
            "a larger one that is signed needs the header X-Sdk-Content-Sha256: UNSIGNED-PAYLOAD";
        let proof = self.proof;
        let body = self.whole(most, REMEDY).await?;
        proof.check(&body)?;
        Ok(body)
    }

    async fn whole(mut self, most: u64, remedy: &'static str) -> Result<Bytes, BodyFailure> {
        if most < self.most {
            (self.most, self.remedy) = (most, remedy);
        }
        let mut body = BytesMut::new();
        while let Some(bytes) = self.next().await? {
            body.extend_from_slice(&bytes);
        }
        Ok(body.freeze())
    }

    /// The next bytes; `None` where there are no more.
    ///
    /// # Errors
    /// When it is too large, too slow, or breaks off.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, BodyFailure> {
        let too_large = BodyFailure::TooLarge {
            most: self.most,
            remedy: self.remedy,
        };
        if self.announced.is_some_and(|bytes| bytes > self.most) {
            return Err(too_large);
        }
        let began = Instant::now();
        let next = self.wait(began).await?;
        let Some(bytes) = next else { return Ok(None) };
        let bytes = bytes.map_err(|error| {
            tracing::debug!(%error, "the body of a recording broke off");
            BodyFailure::of_payload(&error, self.chunks.as_deref())
        })?;
        self.minimum_rate.came(bytes.len(), began.elapsed());
        if let Some((progress, _)) = &mut self.permitted {
            progress.moved(bytes.len());
        }
        self.read += bytes.len() as u64;
        if self.read > self.most {
            return Err(too_large);
        }
        Ok(Some(bytes))
    }

    /// Waits for the next bytes, for as long as the body may let us wait since `began`.
    async fn wait(
        &mut self,
        began: Instant,
    ) -> Result<Option<Result<Bytes, PayloadError>>, BodyFailure> {
        let deadline = began + self.minimum_rate.left();
        let mut looked = began;
        loop {
            let look = match &self.permitted {
                Some(_) => deadline.min(looked + LOOK),
                None => deadline,
            };
            // A wait that is given up loses nothing: the next one goes on.
            let next = timeout_at(look.into(), self.payload.next()).await;
            let now = Instant::now();
            if let Some((progress, _)) = &mut self.permitted {
                progress.waited(now - looked);
            }
            if let Ok(next) = next {
                return Ok(next);
            }
            looked = now;
            if now >= deadline {
                return Err(BodyFailure::TooSlow);
            }
            if let Some((progress, demand)) = &self.permitted
                && progress.is_slow()
                && demand.is_wanted()
            {
                demand.count_cut();
                return Err(BodyFailure::TooSlowForOthers);
            }
        }
    }
}
