//! Making, removing, starting and stopping a service by the service manager.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use windows_service::service::{
    Service, ServiceAccess, ServiceAction, ServiceActionType, ServiceErrorControl,
    ServiceFailureActions, ServiceFailureResetPeriod, ServiceInfo, ServiceStartType, ServiceState,
    ServiceType,
};
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};

use super::{Kind, Named, places};
use crate::commands::client;
use crate::config;
use crate::error::{self, Error};
use crate::logging::event_log;

/// Longer than the longest grace of a server that finishes what it has begun.
const PATIENCE: Duration = Duration::from_secs(150);
const LOOK_EVERY: Duration = Duration::from_millis(250);

pub fn install(args: &super::Service) -> Result<(), Error> {
    let path = std::path::absolute(&args.config).map_err(error::at(&args.config))?;
    check(args.named.kind, &path)?;
    let name = args.named.service_name();
    let access = ServiceManagerAccess::CONNECT | ServiceManagerAccess::CREATE_SERVICE;
    let info = info(&name, args.named.kind, &path)?;
    let service = manager(access)?
        .create_service(&info, ServiceAccess::all())
        .map_err(|error| failed("making the service", &name, &error))?;
    if let Err(error) = finish(&service, &name) {
        // Half a service would only look like one.
        _ = service.delete();
        return Err(error);
    }
    let account = places::account(&name);
    say(&[
        format!("service {name} made; it starts with the machine"),
        format!("account        {account}"),
        format!("configuration  {}", path.display()),
        format!("its directory  {}", places::home(&name).display()),
        format!("log files      {}", places::logs(&name).display()),
        format!(
            "The account must reach what the configuration names: icacls PATH /grant \"{account}:(OI)(CI)M\""
        ),
        format!(
            "Start it: restante service start {}",
            args.named.kind.word()
        ),
    ])
}

fn say(lines: &[String]) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// A configuration that cannot be used is refused here, and not at night.
fn check(kind: Kind, path: &Path) -> Result<(), Error> {
    match kind {
        Kind::Client => client::load::read(path).map(drop),
        Kind::Server => config::server(path).map(drop),
        Kind::Practice => config::practice(path).map(drop),
    }
}

fn info(name: &str, kind: Kind, config: &Path) -> Result<ServiceInfo, Error> {
    let program = std::env::current_exe().map_err(error::at("restante.exe"))?;
    let arguments: [OsString; 9] = [
        "service".into(),
        "run".into(),
        kind.word().into(),
        "--name".into(),
        name.into(),
        "--config".into(),
        config.into(),
        "--home".into(),
        places::home(name).into(),
    ];
    Ok(ServiceInfo {
        name: name.into(),
        display_name: format!("Restante {} ({name})", kind.word()).into(),
        service_type: ServiceType::OWN_PROCESS,
        start_type: ServiceStartType::AutoStart,
        error_control: ServiceErrorControl::Normal,
        executable_path: program,
        launch_arguments: arguments.into(),
        dependencies: Vec::new(),
        account_name: Some(places::account(name).into()),
        account_password: None,
    })
}

/// What is said of a service once it is there. Only its directories are needed for it to work.
fn finish(service: &Service, name: &str) -> Result<(), Error> {
    places::make(name)?;
    let restart = |seconds| ServiceAction {
        action_type: ServiceActionType::Restart,
        delay: Duration::from_secs(seconds),
    };
    let day = Duration::from_secs(24 * 60 * 60);
    let actions = ServiceFailureActions {
        reset_period: ServiceFailureResetPeriod::After(day),
        reboot_msg: None,
        command: None,
        actions: Some(vec![restart(5), restart(30), restart(300)]),
    };
    let said = [
        service.set_description("Carries messages over MESH. See restante service --help."),
        service.update_failure_actions(actions),
        service.set_failure_actions_on_non_crash_failures(true),
        service.set_delayed_auto_start(true),
    ];
    for error in said.into_iter().filter_map(Result::err) {
        let error = in_words(&error);
        tracing::warn!(error, "the service is there, without a setting of its own");
    }
    if let Err(error) = event_log::register(name) {
        tracing::warn!(%error, "the event log does not know the service; its log files have all lines");
    }
    Ok(())
}

pub fn remove(args: &Named) -> Result<(), Error> {
    let name = args.service_name();
    let rights = ServiceAccess::DELETE | ServiceAccess::STOP | ServiceAccess::QUERY_STATUS;
    let service = open(&name, rights)?;
    stop_and_wait(&service, &name)?;
    service
        .delete()
        .map_err(|error| failed("removing the service", &name, &error))?;
    if let Err(error) = event_log::deregister(&name) {
        tracing::warn!(%error, "the event log still has the service's name");
    }
    let home = places::home(&name);
    say(&[format!("service {name} removed; {} stays", home.display())])
}

pub fn start(args: &Named) -> Result<(), Error> {
    let name = args.service_name();
    let service = open(&name, ServiceAccess::START | ServiceAccess::QUERY_STATUS)?;
    if state(&service, &name)? == ServiceState::Stopped {
        service
            .start::<OsString>(&[])
            .map_err(|error| failed("starting the service", &name, &error))?;
    }
    wait_for(&service, &name, ServiceState::Running)?;
    say(&[format!("service {name} runs")])
}

pub fn stop(args: &Named) -> Result<(), Error> {
    let name = args.service_name();
    let service = open(&name, ServiceAccess::STOP | ServiceAccess::QUERY_STATUS)?;
    stop_and_wait(&service, &name)?;
    say(&[format!("service {name} is stopped")])
}

fn stop_and_wait(service: &Service, name: &str) -> Result<(), Error> {
    if state(service, name)? == ServiceState::Stopped {
        return Ok(());
    }
    service
        .stop()
        .map_err(|error| failed("stopping the service", name, &error))?;
    wait_for(service, name, ServiceState::Stopped)
}

/// Waits until it is so, or has become the opposite, or has taken too long.
fn wait_for(service: &Service, name: &str, wanted: ServiceState) -> Result<(), Error> {
    let until = Instant::now() + PATIENCE;
    loop {
        let found = state(service, name)?;
        if found == wanted {
            return Ok(());
        }
        let ended = wanted == ServiceState::Running && found == ServiceState::Stopped;
        if ended || Instant::now() > until {
            let logs = places::logs(name);
            return Err(Error::Usage(format!(
                "the service {name} is {found:?}, and {wanted:?} was expected; {} and the event log say why",
                logs.display()
            )));
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn state(service: &Service, name: &str) -> Result<ServiceState, Error> {
    let status = service.query_status();
    let status = status.map_err(|error| failed("asking for the service", name, &error))?;
    Ok(status.current_state)
}

fn open(name: &str, rights: ServiceAccess) -> Result<Service, Error> {
    manager(ServiceManagerAccess::CONNECT)?
        .open_service(name, rights)
        .map_err(|error| failed("opening the service", name, &error))
}

fn manager(access: ServiceManagerAccess) -> Result<ServiceManager, Error> {
    ServiceManager::local_computer(None::<&str>, access)
        .map_err(|error| failed("asking the service manager", "manager", &error))
}

fn failed(doing: &str, name: &str, error: &windows_service::Error) -> Error {
    Error::Usage(format!(
        "{doing} {name} failed: {}; run this in a console of an administrator",
        in_words(error)
    ))
}

fn in_words(error: &windows_service::Error) -> String {
    match error {
        windows_service::Error::Winapi(error) => error.to_string(),
        other => other.to_string(),
    }
}
