//! Whether a path is on a disk that is reached over a network, on which SQLite cannot work.

use std::path::Path;

/// The kinds of file systems that are reached over a network, as Linux names them.
const NETWORK: &[&str] = &[
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "fuse.ceph",
    "fuse.glusterfs",
    "fuse.sshfs",
    "fuse.s3fs",
    "glusterfs",
    "lustre",
    "gpfs",
    "ocfs2",
    "beegfs",
];

/// The kind of file system that a file is on or would be on, where that is one over a network. `None` also where it is not
/// known.
pub(super) fn network_disk(file: &Path) -> Option<String> {
    let folder = match file.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => return None,
    };
    let folder = folder.canonicalize().ok()?;
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    let kind = kind_of(&folder, &mounts)?;
    NETWORK.contains(&kind).then(|| kind.to_owned())
}

/// The kind of file system that a folder is on: that of the mount point with the most of its path, the last one where two are
/// equal.
fn kind_of<'a>(folder: &Path, mounts: &'a str) -> Option<&'a str> {
    mounts
        .lines()
        .filter_map(|line| {
            let (mount, kind) = line.split_once(" - ")?;
            let point = mount.split(' ').nth(4)?.replace("\\040", " ");
            let kind = kind.split(' ').next()?;
            let depth = Path::new(&point).components().count();
            folder.starts_with(&point).then_some((depth, kind))
        })
        .max_by_key(|(depth, _)| *depth)
        .map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 21 0:40 / /srv/my\\040share rw shared:2 - nfs4 files:/export rw
31 30 8:2 / /srv/my\\040share/local rw - xfs /dev/sdb rw
32 21 0:41 / /srv/over rw - ext4 /dev/sdc rw
33 21 0:42 / /srv/over rw - cifs //files/x rw
";

    #[test]
    fn the_deepest_and_last_mount_point_says_what_a_folder_is_on() {
        for (folder, kind) in [
            ("/var/lib/deskledger", "ext4"),
            ("/srv/my share", "nfs4"),
            ("/srv/my share/deep/er", "nfs4"),
            ("/srv/my share/local/x", "xfs"),
            ("/srv/my shared", "ext4"),
            ("/srv/over/x", "cifs"),
        ] {
            assert_eq!(kind_of(Path::new(folder), MOUNTS), Some(kind), "{folder}");
        }
    }

    #[test]
    fn a_disk_of_this_machine_is_not_over_a_network() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(network_disk(&folder.path().join("ledger.sqlite3")), None);
        assert_eq!(network_disk(Path::new("/nowhere/at/all")), None);
    }
}
