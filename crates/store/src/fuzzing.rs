//! What fuzz targets reach that is not part of the interface. It may change at any time.

pub use crate::postgres::decode_copy;
