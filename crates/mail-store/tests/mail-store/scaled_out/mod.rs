//! PostgreSQL and S3: what is particular to them.

mod formats;
mod lost_answers;
mod nodes;
mod tls;
