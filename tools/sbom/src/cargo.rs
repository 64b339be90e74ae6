//! What cargo knows of packages: the parts of its metadata and its lock file that a bill needs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::Error;

/// The parts of `cargo metadata --format-version 1` that are used.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) resolve: Resolve,
}

/// A package.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) repository: Option<String>,
    /// None: of this workspace.
    pub(crate) source: Option<String>,
    pub(crate) manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
}

/// Who depends on whom.
#[derive(Debug, Deserialize)]
pub(crate) struct Resolve {
    pub(crate) nodes: Vec<Node>,
}

/// A package and what it depends on.
#[derive(Debug, Deserialize)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) deps: Vec<Dependency>,
}

/// An edge, of one or several kinds.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Debug, Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

impl Package {
    /// Runs in the compiler, and is in no product.
    pub(crate) fn is_macro(&self) -> bool {
        let mut kinds = self.targets.iter().flat_map(|target| &target.kind);
        kinds.any(|kind| kind == "proc-macro")
    }
}

impl Dependency {
    pub(crate) fn is_normal(&self) -> bool {
        self.dep_kinds.iter().any(|kind| kind.kind.is_none())
    }

    /// Of build scripts.
    pub(crate) fn is_of_build(&self) -> bool {
        let is_build = |kind: &DependencyKind| kind.kind.as_deref() == Some("build");
        self.dep_kinds.iter().any(is_build)
    }
}

impl Metadata {
    /// Asks cargo about the workspace in a directory, for one platform.
    ///
    /// # Errors
    /// [`Error::Cargo`], [`Error::Metadata`].
    pub fn of(workspace: &Path, platform: &str) -> Result<Self, Error> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args([
                "metadata",
                "--format-version",
                "1",
                "--locked",
                "--filter-platform",
            ])
            .arg(platform)
            .current_dir(workspace)
            .output()
            .map_err(|error| Error::Cargo(error.to_string()))?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(Error::Cargo(told));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// The checksums of packages, by name and version.
#[derive(Debug, Default)]
pub struct Lock(HashMap<(String, String), String>);

#[derive(Deserialize)]
struct LockFile {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

impl Lock {
    /// Reads the text of a `Cargo.lock`.
    ///
    /// # Errors
    /// [`Error::Lock`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let file: LockFile = toml::from_str(text)?;
        let checksums = file
            .package
            .into_iter()
            .filter_map(|package| Some(((package.name, package.version), package.checksum?)));
        Ok(Self(checksums.collect()))
    }

    /// The SHA-256 of a package as it was published.
    pub(crate) fn checksum(&self, package: &Package) -> Option<&str> {
        let key = (package.name.clone(), package.version.clone());
        self.0.get(&key).map(String::as_str)
    }
}
