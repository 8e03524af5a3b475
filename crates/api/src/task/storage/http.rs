//! The requests of `object_store`, sent by `ureq`, which asks IAM too: one HTTP client and one TLS in the program.

use std::fmt;
use std::io::Read as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::web::Bytes;
use deskledger_identity::outgoing_agent;
use deskledger_settings::{S3Settings, SettingsError};
use flume::r#async::RecvStream;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, Stream as _};
use http_body::{Body, Frame};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody,
    HttpResponse, HttpResponseBody, HttpService,
};
use ureq::Agent;
use ureq::http::{Method, Request};

/// How long the storage may take to be reached, to begin its answer, and to send or take the next bytes.
const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(60);
const NEXT_BYTES: Duration = Duration::from_secs(30);

/// How many bytes of an answer make a chunk, and how many chunks may wait to be read.
const CHUNK_BYTES: usize = 64 * 1024;
const WAITING_CHUNKS: usize = 4;

/// Makes clients of a storage.
#[derive(Clone)]
pub(super) struct UreqConnector(Agent);

impl UreqConnector {
    /// Clients as the settings want them.
    ///
    /// # Errors
    /// When the certificates cannot be read.
    pub(super) fn new(settings: &S3Settings) -> Result<Self, SettingsError> {
        let config = outgoing_agent(settings.roots()?)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(ANSWER))
            .timeout_per_read(Some(NEXT_BYTES))
            .timeout_per_write(Some(NEXT_BYTES));
        Ok(Self(config.build().into()))
    }
}

impl fmt::Debug for UreqConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UreqConnector")
    }
}

impl HttpConnector for UreqConnector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl HttpService for UreqConnector {
    fn call<'a, 'b>(
        &'a self,
        request: HttpRequest,
    ) -> BoxFuture<'b, Result<HttpResponse, HttpError>>
    where
        'a: 'b,
        Self: 'b,
    {
        let agent = self.0.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = whole(body).await?;
            // It blocks.
            tokio::task::spawn_blocking(move || send(&agent, Request::from_parts(head, ()), &body))
                .await
                .map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?
        }
        .boxed()
    }
}

/// The bytes of a request. They nearly always come in one chunk, which is then not copied.
async fn whole(mut body: HttpRequestBody) -> Result<Bytes, HttpError> {
    let mut chunks = Vec::new();
    let mut next =
        async || std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
    while let Some(frame) = next().await.transpose()? {
        chunks.extend(frame.into_data().ok());
    }
    Ok(match chunks.len() {
        1 => chunks.remove(0),
        _ => chunks.concat().into(),
    })
}

fn send(agent: &Agent, head: Request<()>, body: &[u8]) -> Result<HttpResponse, HttpError> {
    let takes_body = matches!(*head.method(), Method::POST | Method::PUT);
    let answer = if takes_body || !body.is_empty() {
        agent.run(head.map(|()| body))
    } else {
        agent.run(head)
    };
    let (head, mut body) = answer.map_err(of_ureq)?.into_parts();
    let (chunks, receiver) = flume::bounded(WAITING_CHUNKS);
    let length = body.content_length();
    tokio::task::spawn_blocking(move || {
        let mut reader = body.with_config().limit(u64::MAX).reader();
        loop {
            let mut chunk = vec![0; CHUNK_BYTES];
            let read = reader.read(&mut chunk).map(|length| {
                chunk.truncate(length);
                Bytes::from(chunk)
            });
            let is_last = read.as_ref().map_or(true, Bytes::is_empty);
            // The receiver may be gone.
            if chunks.send(read).is_err() || is_last {
                return;
            }
        }
    });
    let body = Answer {
        chunks: receiver.into_stream(),
        ended: false,
        length,
    };
    Ok(HttpResponse::from_parts(head, HttpResponseBody::new(body)))
}

/// Distinguishes the errors that a second try may mend, because `object_store` tries again by itself.
fn of_ureq(error: ureq::Error) -> HttpError {
    let kind = match &error {
        ureq::Error::Timeout(_) => HttpErrorKind::Timeout,
        ureq::Error::Io(_) => HttpErrorKind::Interrupted,
        ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => HttpErrorKind::Connect,
        _ => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, error)
}

/// The body of an answer, as it comes.
struct Answer {
    chunks: RecvStream<'static, std::io::Result<Bytes>>,
    ended: bool,
    length: Option<u64>,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let chunk = ready!(Pin::new(&mut self.chunks).poll_next(context));
        // An empty chunk is the end. If the channel ends without one, the thread that reads is gone.
        let chunk = chunk.unwrap_or_else(|| Err(std::io::ErrorKind::UnexpectedEof.into()));
        Poll::Ready(match chunk {
            Ok(chunk) if chunk.is_empty() => {
                self.ended = true;
                None
            }
            Ok(chunk) => Some(Ok(Frame::data(chunk))),
            Err(error) => {
                self.ended = true;
                Some(Err(HttpError::new(HttpErrorKind::Interrupted, error)))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.length.map_or_else(
            http_body::SizeHint::default,
            http_body::SizeHint::with_exact,
        )
    }
}
