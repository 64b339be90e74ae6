//! A connection and the statements prepared on it.

use std::collections::HashMap;

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use super::connect::{Connected, to_store_error};
use super::hosts::Turn;
use super::under_way;
use crate::StoreError;

pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The connection that commits.
pub(super) struct Session {
    client: Client,
    turn: Turn,
    statements: HashMap<&'static str, Statement>,
}

impl Session {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            turn: Turn::default(),
            statements: HashMap::new(),
        }
    }

    pub(super) fn over(connected: Connected) -> Self {
        Self {
            turn: connected.turn,
            ..Self::new(connected.client)
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// The turn its connection was made in.
    pub(super) fn turn(&self) -> Turn {
        self.turn
    }

    /// Statements are prepared once a connection.
    async fn statement(&mut self, sql: &'static str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await.map_err(to_store_error)?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    pub(super) async fn query(
        &mut self,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let statement = self.statement(sql).await?;
        self.client
            .query(&statement, values)
            .await
            .map_err(to_store_error)
    }

    pub(super) async fn query_opt(
        &mut self,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, values).await?.into_iter().next())
    }

    /// How many rows were touched.
    pub(super) async fn execute(
        &mut self,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<u64, StoreError> {
        let statement = self.statement(sql).await?;
        self.client
            .execute(&statement, values)
            .await
            .map_err(to_store_error)
    }

    pub(super) async fn run(&self, sql: &str) -> Result<(), StoreError> {
        self.client.batch_execute(sql).await.map_err(to_store_error)
    }

    /// Begins a transaction that shows others that it may write messages. Its number, and when the server began that
    /// gave it: by them its fate can be asked for.
    pub(super) async fn begin(&mut self) -> Result<(String, String), StoreError> {
        let sql = "SELECT pg_current_xact_id()::text, pg_postmaster_start_time()::text";
        let number = self.statement(sql).await?;
        let (begun, number) = tokio::join!(
            self.client.batch_execute(under_way::BEGIN),
            self.client.query_one(&number, &[])
        );
        begun.map_err(to_store_error)?;
        number
            .and_then(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .map_err(to_store_error)
    }
}
