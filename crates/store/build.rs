//! Tells cargo that a new folder under `migrations` is a reason to build again: the files in it are embedded, but
//! cargo sees only those that were there the last time.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
