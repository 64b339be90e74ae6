//! What every web page of the product shares: the layout and components of the NHS design system,
//! sign-in and roles, the safety of forms and headers, updates without a reload.
//!
//! A site is a [`Table`]: each route with the permission it needs, so that there is no page nobody
//! thought about. [`Table::open`] makes its router, [`listener`] puts the sites of one address
//! together with the sign-in page and the style sheets. A handler takes a [`View`], which knows who
//! looks, and answers with [`View::page`]; [`Page::work`] makes that a page of [`work`].

mod access;
mod accessibility;
mod assets;
mod auth;
pub mod components;
mod csv_file;
mod document;
mod error;
mod frame;
mod headers;
mod help;
mod host_names;
mod live;
mod notice;
mod open_site;
mod openid_page;
mod origin;
mod people;
mod problem;
mod role;
mod security_log;
mod settings;
mod sign_in_page;
mod site;
mod site_asset;
mod source;
mod surroundings;
mod table;
mod view;
pub mod work;

pub use access::{Access, AccessOptions, Identity, NewUser, OpenId, User, Users};
pub use auth::Needs;
pub use csv_file::CsvFile;
pub use document::{document, download, is_shown};
pub use error::PagesError;
pub use headers::content_policy;
pub use help::{Topic, help_page};
pub use host_names::HostNames;
pub use live::Live;
pub use notice::Notice;
pub use open_site::{OpenSite, TOKEN_HEADER};
pub use people::people_summary;
pub use problem::Problem;
pub use role::Role;
pub use security_log::{SecurityCheck, SecurityLine, SecurityLog};
pub use settings::PagesSettings;
pub use site::{Section, Site, listener};
pub use site_asset::SiteAsset;
pub use source::Proxies;
pub use surroundings::{CertificateFact, ReleaseNote, Surroundings};
pub use table::{Row, Table};
pub use view::{Page, Session, View};
