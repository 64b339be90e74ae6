//! The registry's files: sealed, checked, swapped whole, and guarded by their key.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::kit;
use crate::kit::{PATIENTS, csv, import, now, open, query, registered};
use nhs::SystemRandomness;
use pds::{
    ImportOptions, KeySource, MatchPolicy, Registry, RegistryKey, RegistryOptions, Trace,
    import_with,
};
use tempfile::tempdir;

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_stolen_file_shows_no_number_name_or_date_of_birth() {
    let directory = tempdir().unwrap();
    import(directory.path(), PATIENTS);
    let secrets: Vec<Vec<u8>> = PATIENTS
        .lines()
        .skip(1)
        .flat_map(|line| {
            let fields: Vec<_> = line.split(',').collect();
            let value: u64 = fields[0].parse().unwrap();
            let mut secrets = vec![fields[0].into(), value.to_le_bytes()[..5].to_vec()];
            for text in [fields[1], fields[2], fields[3]]
                .into_iter()
                .filter(|t| t.len() > 3)
            {
                secrets.push(text.as_bytes().to_vec());
                secrets.push(text.to_uppercase().into_bytes());
            }
            if let Ok(birth) = fields[3].replace('-', "").parse::<u32>() {
                secrets.push(birth.to_le_bytes().to_vec());
                secrets.push(birth.to_string().into_bytes());
            }
            secrets
        })
        .collect();
    assert!(secrets.len() > 50);
    let mut searched = 0;
    for path in files(directory.path()) {
        let bytes = fs::read(&path).unwrap();
        searched += bytes.len();
        for secret in &secrets {
            assert!(
                !contains(&bytes, secret),
                "{} in {}",
                secret.escape_ascii(),
                path.display()
            );
        }
    }
    assert!(searched > 2_000);
}

#[cfg(unix)]
#[test]
fn every_file_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempdir().unwrap();
    import(directory.path(), PATIENTS);
    for path in files(directory.path()) {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
    let key = directory.path().join("registry.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let error = Registry::open(directory.path()).err().unwrap();
    assert_eq!(error.code(), "REGISTRY_KEY");
}

#[test]
fn without_the_right_key_nothing_opens() {
    let directory = tempdir().unwrap();
    let key = |byte| KeySource::Given(RegistryKey::from_bytes([byte; 32]));
    let options = ImportOptions {
        key: key(1),
        ..ImportOptions::default()
    };
    import_with(
        directory.path(),
        PATIENTS.as_bytes(),
        &options,
        now(),
        &SystemRandomness,
    )
    .unwrap();
    assert!(!directory.path().join("registry.key").exists());
    let open = |key| {
        Registry::open_with(
            directory.path(),
            RegistryOptions {
                key,
                ..RegistryOptions::default()
            },
        )
    };
    let garton = query("9693632109", "23061946", "Garton");
    assert_eq!(
        open(key(1)).unwrap().lookup(&garton).unwrap(),
        registered("A20047")
    );
    assert_eq!(open(key(2)).err().unwrap().code(), "REGISTRY_DAMAGED");
    assert_eq!(open(KeySource::Beside).err().unwrap().code(), "PDS_FILE");
}

#[test]
fn a_key_file_elsewhere_is_made_and_used() {
    let directory = tempdir().unwrap();
    let registry = directory.path().join("registry");
    let key = KeySource::File(directory.path().join("secret.key"));
    let options = ImportOptions {
        key: key.clone(),
        details: false,
        ..ImportOptions::default()
    };
    import_with(
        &registry,
        PATIENTS.as_bytes(),
        &options,
        now(),
        &SystemRandomness,
    )
    .unwrap();
    assert!(!pds::status(&registry).unwrap().patients.unwrap().details);
    let options = RegistryOptions {
        key,
        clock: kit::clock(),
        ..RegistryOptions::default()
    };
    let registry = Registry::open_with(&registry, options).unwrap();
    let garton = query("9693632109", "23061946", "Garton");
    assert_eq!(registry.lookup(&garton).unwrap(), registered("A20047"));
}

#[test]
fn a_damaged_byte_never_changes_an_answer() {
    let directory = tempdir().unwrap();
    import(directory.path(), PATIENTS);
    let snapshot = directory.path().join("patients-0000000001");
    let known = query("9693632109", "23061946", "Garton");
    let unknown = query("9111231130", "23061946", "Garton");
    let mut refused = 0;
    for file in ["patients.table", "manifest.json", "manifest.check"] {
        let path = snapshot.join(file);
        let whole = fs::read(&path).unwrap();
        for index in (0..whole.len()).step_by(3) {
            let mut damaged = whole.clone();
            damaged[index] ^= 0x10;
            fs::write(&path, &damaged).unwrap();
            let Ok(registry) = Registry::open(directory.path()) else {
                refused += 1;
                continue;
            };
            for (query, expected) in [(&known, registered("A20047")), (&unknown, Trace::NotFound)] {
                match registry.lookup(query) {
                    Ok(trace) => assert_eq!(trace, expected, "{file} at {index}"),
                    Err(error) => {
                        assert_eq!(error.code(), "REGISTRY_DAMAGED");
                        refused += 1;
                    }
                }
            }
        }
        for length in [0, 1, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(
                Registry::open(directory.path()).is_err(),
                "{file} cut to {length}"
            );
        }
        fs::write(&path, &whole).unwrap();
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn lookups_go_on_while_snapshots_are_swapped() {
    let row = |practice: &str| format!("9693632109,GARTON,Bill,1946-06-23,{practice},,,,U,,");
    let directory = tempdir().unwrap();
    import(directory.path(), &csv(&[&row("A20047")]));
    let registry = open(directory.path(), MatchPolicy::default());
    let garton = query("9693632109", "23061946", "Garton");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let trace = registry.lookup(&garton).unwrap();
                    assert!(trace == registered("A20047") || trace == registered("H81109"));
                }
            });
        }
        for turn in 0..20 {
            let practice = if turn % 2 == 0 { "H81109" } else { "A20047" };
            import(directory.path(), &csv(&[&row(practice)]));
            assert!(
                registry.refresh().unwrap()
                    || registry.status().patients.unwrap().generation == turn + 2
            );
            assert_eq!(registry.lookup(&garton).unwrap(), registered(practice));
        }
        done.store(true, Ordering::Relaxed);
    });
    let snapshots = fs::read_dir(directory.path()).unwrap().filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_str()
            .unwrap()
            .starts_with("patients-")
    });
    assert_eq!(
        snapshots.count(),
        2,
        "the one that counts and the one before"
    );
}

#[test]
fn a_new_snapshot_is_noticed_without_being_asked() {
    let directory = tempdir().unwrap();
    let registry = open(directory.path(), MatchPolicy::default());
    let garton = query("9693632109", "23061946", "Garton");
    assert_eq!(
        registry.lookup(&garton).unwrap_err().code(),
        "REGISTRY_MISSING"
    );
    import(directory.path(), PATIENTS);
    let deadline = Instant::now() + Duration::from_secs(20);
    while registry.lookup(&garton).is_err() {
        assert!(Instant::now() < deadline, "not noticed");
        std::thread::yield_now();
    }
    assert_eq!(registry.lookup(&garton).unwrap(), registered("A20047"));
}

#[test]
fn two_imports_at_once_do_not_mix() {
    struct Waiting<'a>(
        &'a [u8],
        std::sync::mpsc::Receiver<()>,
        std::sync::mpsc::Sender<()>,
    );
    impl std::io::Read for Waiting<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.0.is_empty() {
                self.2.send(()).unwrap();
                self.1.recv().unwrap();
            }
            self.0.read(buffer)
        }
    }
    let directory = tempdir().unwrap();
    let (go, gate) = std::sync::mpsc::channel();
    let (at_gate, reached) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            let slow = Waiting(PATIENTS.as_bytes(), gate, at_gate);
            pds::import(directory.path(), slow, None, now()).unwrap()
        });
        reached.recv().unwrap();
        let error = pds::import(directory.path(), PATIENTS.as_bytes(), None, now()).unwrap_err();
        assert_eq!(error.code(), "IMPORT_RUNNING");
        go.send(()).unwrap();
        drop(go);
        assert_eq!(first.join().unwrap().generation, 1);
    });
    assert_eq!(import(directory.path(), PATIENTS).generation, 2);
}

#[test]
fn another_format_is_named_not_guessed_at() {
    let directory = tempdir().unwrap();
    import(directory.path(), PATIENTS);
    let path = directory.path().join("patients-0000000001/manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        text.replace("\"format\":1", "\"format\":2,\"more\":true"),
    )
    .unwrap();
    let error = pds::status(directory.path()).unwrap_err();
    assert_eq!(error.code(), "REGISTRY_FORMAT");
}
