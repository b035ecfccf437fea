//! Drills that people declare, read from the directory of the runbooks.

use std::path::PathBuf;

use trackera_core::company::database::Database;
use trackera_core::recovery::drill::{self, Drill};
use trackera_core::yaml::File;

use crate::in_force::{InForce, Mistake, read_policies};

const USUAL_RUNBOOKS: &str = "runbooks";
const DRILLS: &str = "drills";

impl InForce {
    /// The directory of the runbooks.
    pub fn runbooks(&self) -> PathBuf {
        let company = self.company();
        self.place(company.runbooks.as_deref().unwrap_or(USUAL_RUNBOOKS))
    }

    /// The directory of the declared drills, which need not be there.
    pub fn declared_drills(&self) -> PathBuf {
        self.runbooks().join(DRILLS)
    }

    /// The product database, if it is declared.
    pub fn database(&self) -> Option<Database> {
        self.configuration.as_ref()?.1.database.clone()
    }

    /// The declared drills, each with the file that declares it; none where there is no directory for them.
    ///
    /// # Errors
    /// Gives every mistake of every file.
    pub fn drills(&self) -> Result<Vec<(Drill, File)>, Mistake> {
        let directory = self.declared_drills();
        if !directory.is_dir() {
            return Ok(Vec::new());
        }
        let files = read_policies(&[directory])?;
        let drills = drill::load(&files).map_err(Mistake::Problems)?;
        let with_file =
            |drill: Drill| files.iter().find(|file| file.name == drill.file).cloned().map(|file| (drill, file));
        Ok(drills.into_iter().filter_map(with_file).collect())
    }
}
