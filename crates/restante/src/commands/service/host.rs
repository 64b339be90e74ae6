//! A service's process: told by the service manager to begin and to stop.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{
    self, ServiceControlHandlerResult, ServiceStatusHandle,
};
use windows_service::service_dispatcher;

use super::{Kind, Service, places};
use crate::commands::{client, practice, server};
use crate::error::{self, Error};
use crate::output::{self, Format};
use crate::{logging, process, wiring};

/// How long the service manager is asked to wait for what was begun.
const GRACE: Duration = Duration::from_secs(120);

/// What the service manager's thread is to run; there is one service in a process.
static TO_RUN: Mutex<Option<Service>> = Mutex::new(None);

windows_service::define_windows_service!(begun_by_the_manager, main);

/// Gives this thread to the service manager until the service has stopped.
///
/// # Errors
///
/// When it was not the service manager that started this process.
pub fn run(args: Service) -> Result<(), Error> {
    let name = args.named.service_name();
    *TO_RUN.lock().unwrap_or_else(PoisonError::into_inner) = Some(args);
    service_dispatcher::start(&name, begun_by_the_manager).map_err(|_| {
        Error::Arguments(
            "restante service run is for the service manager; give restante service start"
                .to_owned(),
        )
    })
}

fn main(_: Vec<OsString>) {
    let Some(args) = TO_RUN.lock().unwrap_or_else(PoisonError::into_inner).take() else {
        return;
    };
    let name = args.named.service_name();
    // The service manager's environment may name another one.
    let home = args.home.clone().unwrap_or_else(|| places::home(&name));
    logging::to_files_too(
        &places::logs_in(&home),
        &format!("{}.log", args.named.kind.word()),
    );
    logging::to_event_log_too(&name);
    let stop = wiring::stop_by_service_manager();
    let handle = match listen(&name, stop) {
        Ok(handle) => handle,
        Err(error) => {
            tracing::error!(%error, "the service manager does not hear this service");
            return;
        }
    };
    tell(&handle, ServiceState::Running, ServiceExitCode::NO_ERROR);
    tracing::info!(
        service = name,
        version = env!("CARGO_PKG_VERSION"),
        "the service begins"
    );
    let code = match work(args) {
        Ok(ExitCode::SUCCESS) => ServiceExitCode::NO_ERROR,
        Ok(_) => ServiceExitCode::ServiceSpecific(1),
        Err(error) => {
            tracing::error!("the service ends: {}", output::harmless(&error.to_string()));
            ServiceExitCode::ServiceSpecific(1)
        }
    };
    tracing::info!(service = name, "the service has ended");
    tell(&handle, ServiceState::Stopped, code);
}

/// Has the manager's word to stop, and the machine's, cancel the token.
fn listen(name: &str, stop: CancellationToken) -> windows_service::Result<ServiceStatusHandle> {
    let slot: Arc<Mutex<Option<ServiceStatusHandle>>> = Arc::default();
    let heard = Arc::clone(&slot);
    let handle = service_control_handler::register(name, move |control| match control {
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        ServiceControl::Stop | ServiceControl::Shutdown => {
            let handle = heard.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(handle) = handle.as_ref() {
                tell(handle, ServiceState::StopPending, ServiceExitCode::NO_ERROR);
            }
            stop.cancel();
            ServiceControlHandlerResult::NoError
        }
        _ => ServiceControlHandlerResult::NotImplemented,
    })?;
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
    Ok(handle)
}

fn tell(handle: &ServiceStatusHandle, state: ServiceState, exit_code: ServiceExitCode) {
    let running = state == ServiceState::Running;
    let accepted = if running {
        ServiceControlAccept::STOP | ServiceControlAccept::SHUTDOWN
    } else {
        ServiceControlAccept::empty()
    };
    let pending = state == ServiceState::StopPending;
    let told = handle.set_service_status(ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted: accepted,
        exit_code,
        checkpoint: u32::from(pending),
        wait_hint: if pending { GRACE } else { Duration::ZERO },
        process_id: None,
    });
    if let Err(error) = told {
        tracing::error!(%error, "the service manager was not told how the service is");
    }
}

/// Runs the command from the directory of its configuration: a service begins in one of the system's.
fn work(args: Service) -> Result<ExitCode, Error> {
    let directory = args.config.parent().unwrap_or(Path::new("."));
    std::env::set_current_dir(directory).map_err(error::at(directory))?;
    let runtime = tokio::runtime::Runtime::new()?;
    let outcome = process::run(&runtime, command(args));
    runtime.shutdown_timeout(Duration::from_secs(2));
    outcome
}

async fn command(args: Service) -> Result<ExitCode, Error> {
    let config = args.config;
    match args.named.kind {
        Kind::Client => {
            let args = client::Arguments {
                command: None,
                config: Some(config),
                once: false,
                check: false,
                connect: false,
                format: Format::default(),
            };
            client::run(args).await
        }
        Kind::Server => {
            server::with_config(&config).await?;
            Ok(ExitCode::SUCCESS)
        }
        Kind::Practice => {
            let args = practice::Arguments {
                config,
                once: false,
                consultation: None,
                client: None,
                format: Format::default(),
            };
            practice::run(args).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
