//! Which packages a product is made of, and which only build it.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::Error;
use crate::cargo::{Metadata, Node, Package};

/// The packages of one product.
pub(crate) struct Graph<'a> {
    packages: HashMap<&'a str, &'a Package>,
    nodes: HashMap<&'a str, &'a Node>,
    /// Compiled into the product.
    shipped: HashSet<&'a str>,
    /// Those, and what builds them.
    all: HashSet<&'a str>,
}

impl<'a> Graph<'a> {
    pub(crate) fn of(metadata: &'a Metadata, product: &str) -> Result<Self, Error> {
        let packages: HashMap<_, _> = metadata
            .packages
            .iter()
            .map(|package| (package.id.as_str(), package))
            .collect();
        let nodes = metadata.resolve.nodes.iter();
        let nodes = nodes.map(|node| (node.id.as_str(), node)).collect();
        let mut graph = Self {
            packages,
            nodes,
            shipped: HashSet::new(),
            all: HashSet::new(),
        };
        let ours = metadata.packages.iter();
        let root = ours
            .filter(|package| package.source.is_none())
            .find(|package| package.name == product)
            .ok_or_else(|| Error::Unknown(product.to_owned()))?;
        graph.shipped = graph.reach(&root.id, true)?;
        graph.all = graph.reach(&root.id, false)?;
        Ok(graph)
    }

    fn reach(&self, root: &'a str, only_shipped: bool) -> Result<HashSet<&'a str>, Error> {
        let mut reached = HashSet::from([root]);
        let mut open = vec![root];
        while let Some(id) = open.pop() {
            for next in self.dependencies(id, only_shipped)? {
                if reached.insert(next) {
                    open.push(next);
                }
            }
        }
        Ok(reached)
    }

    /// What a package is made with; what a test needs is never counted.
    fn dependencies(&self, id: &str, only_shipped: bool) -> Result<Vec<&'a str>, Error> {
        let node = self.nodes.get(id);
        let node = node.ok_or_else(|| Error::Unknown(id.to_owned()))?;
        let mut found = Vec::new();
        for dependency in &node.deps {
            let shipped = dependency.is_normal() && !self.package(&dependency.pkg)?.is_macro();
            let counts = dependency.is_normal() || dependency.is_of_build();
            if shipped || counts && !only_shipped {
                found.push(dependency.pkg.as_str());
            }
        }
        Ok(found)
    }

    fn package(&self, id: &str) -> Result<&'a Package, Error> {
        let package = self.packages.get(id);
        package
            .copied()
            .ok_or_else(|| Error::Unknown(id.to_owned()))
    }

    pub(crate) fn is_shipped(&self, package: &Package) -> bool {
        self.shipped.contains(package.id.as_str())
    }

    /// Every package with what it depends on, by name and version.
    pub(crate) fn sorted(&self) -> Result<Vec<(&'a Package, Vec<&'a Package>)>, Error> {
        let mut sorted = BTreeMap::new();
        for id in &self.all {
            let package = self.package(id)?;
            let dependencies = self.dependencies(id, false)?.into_iter();
            let dependencies: Result<Vec<_>, _> = dependencies.map(|id| self.package(id)).collect();
            sorted.insert(
                (&package.name, &package.version, id),
                (package, dependencies?),
            );
        }
        Ok(sorted.into_values().collect())
    }
}
