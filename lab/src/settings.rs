//! Where labs live and what they are made of. The environment is read here and nowhere else.

use std::path::{Path, PathBuf};

/// Paths that a checkout knows by itself and that rarely need saying.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Places")]
pub(crate) struct Settings {
    /// The directory of all labs [default: /var/tmp/trackera-lab-USER-ID]
    #[arg(long, global = true, env = "TRACKERA_LAB_HOME", value_name = "DIRECTORY", hide_env_values = true)]
    home: Option<PathBuf>,
    /// The Python environment that `make setup` makes [default: .lab/venv of the checkout]
    #[arg(long, global = true, env = "TRACKERA_LAB_VENV", value_name = "DIRECTORY", hide_env_values = true)]
    venv: Option<PathBuf>,
    /// The sources of the lab's server [default: lab/server of the checkout]
    #[arg(long, global = true, env = "TRACKERA_LAB_SERVER", value_name = "DIRECTORY", hide_env_values = true)]
    server: Option<PathBuf>,
}

impl Settings {
    /// The directory of all labs: by default one of the user's own.
    pub(crate) fn home(&self) -> PathBuf {
        let own = || PathBuf::from(format!("/var/tmp/trackera-lab-{}", rustix::process::getuid().as_raw()));
        self.home.clone().unwrap_or_else(own)
    }

    /// The lab's own Python.
    pub(crate) fn python(&self) -> PathBuf {
        self.venv.clone().unwrap_or_else(|| checkout(".lab/venv")).join("bin/python")
    }

    /// The directory of the Python package `trackera_lab`.
    pub(crate) fn sources(&self) -> PathBuf {
        self.server.clone().unwrap_or_else(|| checkout("lab/server"))
    }
}

/// A path of the checkout that this binary was built from.
fn checkout(path: &str) -> PathBuf {
    let lab = Path::new(env!("CARGO_MANIFEST_DIR"));
    lab.parent().unwrap_or(lab).join(path)
}
