//! How a type is written down: a list of fields, each a name, a type and a cardinality.

/// What a type inherits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    DomainResource,
    Resource,
    Backbone,
    Element,
}

/// A resource, a datatype, or a part of a resource (named by its path, `Bundle.entry`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub(super) name: &'static str,
    pub(super) base: Base,
    pub(super) fields: &'static [Field],
}

/// One field of a type. A choice (`value[x]`) has several types, and its elements' names end in
/// theirs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) many: bool,
    /// The codes of a required binding; empty when there is none, or it is too large to hold.
    pub(super) codes: &'static [&'static str],
}

/// A field's type or types.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Single(&'static str),
    Choice(&'static [&'static str]),
}

impl Type {
    pub(super) const fn domain_resource(name: &'static str, fields: &'static [Field]) -> Self {
        Self {
            name,
            base: Base::DomainResource,
            fields,
        }
    }

    pub(super) const fn resource(name: &'static str, fields: &'static [Field]) -> Self {
        Self {
            name,
            base: Base::Resource,
            fields,
        }
    }

    pub(super) const fn backbone(name: &'static str, fields: &'static [Field]) -> Self {
        Self {
            name,
            base: Base::Backbone,
            fields,
        }
    }

    pub(super) const fn element(name: &'static str, fields: &'static [Field]) -> Self {
        Self {
            name,
            base: Base::Element,
            fields,
        }
    }
}

impl Field {
    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) const fn codes(mut self, codes: &'static [&'static str]) -> Self {
        self.codes = codes;
        self
    }
}

const fn single(name: &'static str, kind: &'static str, required: bool, many: bool) -> Field {
    Field {
        name,
        kind: Kind::Single(kind),
        required,
        many,
        codes: &[],
    }
}

/// 0..1
pub(super) const fn opt(name: &'static str, kind: &'static str) -> Field {
    single(name, kind, false, false)
}

/// 1..1
pub(super) const fn one(name: &'static str, kind: &'static str) -> Field {
    single(name, kind, true, false)
}

/// 0..*
pub(super) const fn many(name: &'static str, kind: &'static str) -> Field {
    single(name, kind, false, true)
}

/// 1..*
pub(super) const fn some(name: &'static str, kind: &'static str) -> Field {
    single(name, kind, true, true)
}

/// 0..1 of one of these types.
pub(super) const fn choice(name: &'static str, kinds: &'static [&'static str]) -> Field {
    Field {
        name,
        kind: Kind::Choice(kinds),
        required: false,
        many: false,
        codes: &[],
    }
}
