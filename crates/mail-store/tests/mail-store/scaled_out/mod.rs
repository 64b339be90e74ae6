//! PostgreSQL and S3: what is particular to them.

mod bodies;
mod failover;
mod formats;
mod lost_answers;
mod nodes;
mod proxy;
mod tls;
mod unanswered;
