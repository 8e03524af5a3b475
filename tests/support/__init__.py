"""What the tests in Python share: the real program (`program`), a database of one's own on the throwaway PostgreSQL (`postgres`), and
outcomes in the form of `cargo test` (`report`). The scripts that run the tests put this folder's parent on Python's path."""
