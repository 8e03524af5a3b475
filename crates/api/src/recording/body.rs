use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::failure::BodyFailure;
use super::pace::Pace;
use super::piece::Piece;
use crate::error::ApiError;
use crate::identity::BodyProof;
use crate::settings::LimitSettings;

/// The body of a recording.
pub(crate) enum IncomingBody {
    /// It was read before, to find out who sends it.
    Whole(Bytes),
    /// It arrives.
    Unread(UnreadBody),
}

/// A body that was not read yet.
pub(crate) struct UnreadBody {
    payload: Payload,
    proof: BodyProof,
    pace: Pace,
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
            proof,
            pace: Pace::new(Duration::from_secs(limits.slow_body_seconds)),
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

    /// What proves it.
    pub(super) const fn proof(&self) -> BodyProof {
        self.proof
    }

    /// All of a body whose hash is signed: at most `most` bytes, and the very ones.
    pub(super) async fn read_to_prove(self, most: u64) -> Result<Bytes, ApiError> {
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

    /// Hands the body on, piece by piece, as fast as it is taken.
    pub(super) async fn feed(mut self, pieces: flume::Sender<Piece>) {
        loop {
            let (piece, goes_on) = match self.next().await {
                Ok(Some(bytes)) => (Piece::Bytes(bytes), true),
                Ok(None) => (Piece::End, false),
                Err(failure) => (Piece::Failed(failure), false),
            };
            // Nobody takes it any more where the recording has failed, which it says itself.
            if pieces.send_async(piece).await.is_err() || !goes_on {
                return;
            }
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, BodyFailure> {
        let too_large = BodyFailure::TooLarge {
            most: self.most,
            remedy: self.remedy,
        };
        if self.announced.is_some_and(|bytes| bytes > self.most) {
            return Err(too_large);
        }
        let began = Instant::now();
        let Ok(next) = timeout(self.pace.left(), self.payload.next()).await else {
            return Err(BodyFailure::TooSlow);
        };
        let Some(bytes) = next else { return Ok(None) };
        let bytes = bytes.map_err(|error| {
            tracing::debug!(%error, "the body of a recording broke off");
            BodyFailure::BrokeOff
        })?;
        self.pace.came(bytes.len(), began.elapsed());
        self.read += bytes.len() as u64;
        if self.read > self.most {
            return Err(too_large);
        }
        Ok(Some(bytes))
    }
}
