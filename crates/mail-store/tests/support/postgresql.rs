//! A PostgreSQL server of a test's own, on a Unix socket in a temporary directory.
#![allow(dead_code, reason = "each test binary uses some of it")]

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Stopped and removed when dropped.
pub struct Server {
    directory: tempfile::TempDir,
    programs: PathBuf,
    user: Option<(u32, u32)>,
    /// Where it listens beside its socket.
    port: Option<u16>,
    /// Stops it when this process has ended, however it ends.
    guardian: Option<Child>,
}

impl Server {
    pub fn start() -> Self {
        Self::start_at(None)
    }

    /// For a server in a `static`, which is never dropped: a shell waits until this process's end of
    /// its input is closed, then stops the server and removes its files.
    pub fn until_the_run_ends() -> Self {
        const STOP: &str = r#"cat > /dev/null; "$1" -m immediate -D "$2/data" stop; rm -rf "$2""#;
        let mut server = Self::start();
        let mut command = Command::new("sh");
        command
            .args(["-c", STOP, "sh"])
            .arg(server.programs.join("pg_ctl"))
            .arg(server.directory.path())
            .process_group(0)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((user, group)) = server.user {
            command.uid(user).gid(group);
        }
        server.guardian = Some(command.spawn().unwrap());
        server
    }

    /// With TLS on a port of 127.0.0.1.
    pub fn start_with_tls(certificate: &str, key: &str) -> Self {
        let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = probe.local_addr().unwrap().port();
        drop(probe);
        let server = Self::start_at(Some(port));
        let data = server.directory.path().join("data");
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let path = data.join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            if let Some((user, group)) = server.user {
                chown(&path, Some(user), Some(group)).unwrap();
            }
        }
        server.sql("ALTER SYSTEM SET ssl = on");
        server.stop();
        server.start_again();
        server
    }

    /// A hot standby that has all that this one has, and follows it.
    pub fn standby(&self) -> Self {
        let standby = Self::empty(None);
        let here = self.directory.path().to_str().unwrap();
        let port = self.port().to_string();
        let data = standby.directory.path().join("data");
        standby.run(
            "pg_basebackup",
            &[
                "-h",
                here,
                "-p",
                &port,
                "-U",
                "restante",
                "-R",
                "-c",
                "fast",
                "--no-sync",
                "-D",
                data.to_str().unwrap(),
            ],
        );
        standby.start_again();
        standby
    }

    /// Makes a primary of a standby.
    pub fn promote(&self) {
        self.run("pg_ctl", &["-w", "promote"]);
    }

    fn start_at(port: Option<u16>) -> Self {
        let server = Self::empty(port);
        server.run(
            "initdb",
            &[
                "-U",
                "restante",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ],
        );
        server.start_again();
        server
    }

    fn empty(port: Option<u16>) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("postgresql")
            .tempdir_in("/tmp")
            .unwrap();
        let is_root = std::fs::metadata(directory.path()).unwrap().uid() == 0;
        let server = Self {
            programs: programs(),
            user: is_root.then(postgres_user),
            directory,
            port,
            guardian: None,
        };
        if let Some((user, group)) = server.user {
            chown(server.directory.path(), Some(user), Some(group)).unwrap();
        }
        server
    }

    /// Its durability is not what these tests are about.
    pub fn start_again(&self) {
        let socket = self.directory.path().display();
        let listen = match self.port {
            None => "-c listen_addresses=".to_owned(),
            Some(port) => format!("-c listen_addresses=127.0.0.1 -p {port}"),
        };
        let options = format!(
            "-k {socket} {listen} -c fsync=off -c shared_buffers=32MB -c max_connections=90"
        );
        let log = self.directory.path().join("log");
        self.run(
            "pg_ctl",
            &["-w", "-l", log.to_str().unwrap(), "-o", &options, "start"],
        );
    }

    /// As if the machine had lost its power.
    pub fn stop(&self) {
        self.run("pg_ctl", &["-w", "-m", "immediate", "stop"]);
    }

    /// Its processes stand still; the system goes on taking connections for them.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let file = self.directory.path().join("data/postmaster.pid");
        let text = std::fs::read_to_string(file).unwrap();
        let postmaster = text.lines().next().unwrap();
        // the postmaster first, so that it starts no more
        let signal = format!("-{name}");
        let sent = Command::new("kill").args([&signal, postmaster]).status();
        assert!(sent.unwrap().success());
        let sent = Command::new("pkill")
            .args([&signal, "-P", postmaster])
            .status();
        assert!(sent.unwrap().success());
    }

    /// A place for tables of its own: the schema is made when it is new.
    pub fn url(&self, schema: &str) -> String {
        let socket = self.directory.path().display();
        self.sql(&format!("CREATE SCHEMA IF NOT EXISTS {schema}"));
        format!("postgresql://restante@/postgres?host={socket}&options=-csearch_path%3D{schema}")
    }

    /// The directory of its socket.
    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    /// The same by way of TCP.
    pub fn url_at(&self, schema: &str, host: &str, port: u16) -> String {
        self.sql(&format!("CREATE SCHEMA IF NOT EXISTS {schema}"));
        format!("postgresql://restante@{host}:{port}/postgres?options=-csearch_path%3D{schema}")
    }

    pub fn port(&self) -> u16 {
        self.port.unwrap_or(5432)
    }

    pub fn socket(&self) -> PathBuf {
        let name = format!(".s.PGSQL.{}", self.port());
        self.directory.path().join(name)
    }

    /// From now on a COMMIT waits for a standby that is not there. What it holds is in the log, and nobody sees it.
    pub fn hold_commits(&self) {
        self.wait_for_standby("nobody");
    }

    pub fn let_commits_go(&self) {
        self.wait_for_standby("");
    }

    fn wait_for_standby(&self, name: &str) {
        self.sql(&format!(
            "ALTER SYSTEM SET synchronous_standby_names = '{name}'"
        ));
        self.sql("SELECT pg_reload_conf()");
        while self.sql("SHOW synchronous_standby_names") != name {}
    }

    /// Whether a COMMIT waits so.
    pub fn holds_a_commit(&self) -> bool {
        self.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") != "0"
    }

    /// One of its processes dies; it ends all sessions then and recovers. Returns once it can be asked again.
    pub fn kill_session(&self, pid: &str) {
        let killed = Command::new("kill").args(["-KILL", pid]).status();
        assert!(killed.unwrap().success());
        while self.try_sql("SELECT 1").is_err() {}
    }

    pub fn sql(&self, sql: &str) -> String {
        self.try_sql(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn try_sql(&self, sql: &str) -> Result<String, String> {
        let socket = self.directory.path().to_str().unwrap();
        let port = self.port().to_string();
        let command = [
            "-qAt", "-h", socket, "-p", &port, "-U", "restante", "-c", sql, "postgres",
        ];
        let output = Command::new(self.programs.join("psql"))
            .args(command)
            .output()
            .unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8(output.stdout).unwrap().trim().to_owned())
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.programs.join(program));
        command
            .args(arguments)
            .env("PGDATA", self.directory.path().join("data"))
            .current_dir(self.directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        let status = command.status().unwrap();
        assert!(status.success(), "{program} {arguments:?} failed: {status}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.directory.path().join("data");
        let mut command = Command::new(self.programs.join("pg_ctl"));
        command
            .args(["-w", "-m", "immediate", "stop", "-D"])
            .arg(data)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        drop(command.status());
    }
}

/// Debian keeps them out of the path.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let debian = versions.map(|version| version.unwrap().path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian
        .chain(std::env::split_paths(&path))
        .find(|directory| directory.join("initdb").exists())
        .expect(
            "PostgreSQL's initdb is not on this machine; run scripts/postgresql, which installs it",
        )
}

/// The server refuses to run as root.
fn postgres_user() -> (u32, u32) {
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let entry = users
        .lines()
        .find(|line| line.starts_with("postgres:"))
        .expect("the user postgres is missing; run scripts/postgresql");
    let fields: Vec<&str> = entry.split(':').collect();
    (fields[2].parse().unwrap(), fields[3].parse().unwrap())
}
