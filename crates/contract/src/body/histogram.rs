use deskledger_domain::{Histogram, HistogramBucket, format_time};
use serde::Serialize;
use utoipa::ToSchema;

/// How many connections there were, and when, as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectionHistogram {
    /// How long a bucket is: `minute`, `hour`, `day` or `month`.
    #[schema(examples("hour"))]
    interval: &'static str,
    /// The buckets, oldest first and without a gap, also those without a record.
    buckets: Vec<Bucket>,
    /// How many records match.
    total: u64,
    /// How many of those failed.
    failed: u64,
    /// How many users they are of.
    users: u64,
}

/// What began from one time until the next bucket begins.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HistogramBucket)]
struct Bucket {
    /// When it begins, in UTC.
    #[schema(format = DateTime)]
    start: String,
    /// How many records began in it.
    total: u64,
    /// How many of those failed.
    failed: u64,
}

impl From<Histogram> for ConnectionHistogram {
    fn from(histogram: Histogram) -> Self {
        Self {
            interval: histogram.interval.name(),
            buckets: histogram.buckets.into_iter().map(Bucket::from).collect(),
            total: histogram.total,
            failed: histogram.failed,
            users: histogram.users,
        }
    }
}

impl From<HistogramBucket> for Bucket {
    fn from(bucket: HistogramBucket) -> Self {
        Self {
            start: format_time(bucket.start),
            total: bucket.total,
            failed: bucket.failed,
        }
    }
}
