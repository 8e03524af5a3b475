//! Makes cargo build again when there is a new folder under `migrations`. The files in it are embedded, but cargo
//! watches only those that existed at the last build.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
