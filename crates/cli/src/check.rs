use clap::Args;
use deskledger_domain::ProjectId;
use deskledger_settings::Settings;
use deskledger_store::{CountCheck, Use};
use indicatif::ProgressBar;
use serde_json::json;

use crate::database::open_existing;
use crate::failure::{Ending, Failure};
use crate::output::print_line;
use crate::progress;

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Check this project alone. Without it every project that has records is checked.
    #[arg(long, value_name = "ID")]
    project: Option<String>,

    /// Correct the numbers that are wrong.
    #[arg(long)]
    repair: bool,

    /// Write what is found as JSON: an object a line, the last one with the sums.
    #[arg(long)]
    json: bool,
}

/// What was found of all projects.
#[derive(Default)]
struct Sums {
    projects: u64,
    records: u64,
    days: u64,
    differences: u64,
    repeated: u64,
}

impl Check {
    /// Compares the numbers that are kept for each project and day with the records.
    pub(crate) fn run(&self, settings: &Settings) -> Result<Ending, Failure> {
        let only = self
            .project
            .as_deref()
            .map(ProjectId::new)
            .transpose()
            .map_err(Failure::new)?;
        let for_use = if self.repair { Use::Repair } else { Use::Check };
        let store = open_existing(settings, for_use)?;
        let checks = store.count_checks();
        let bar = progress::of_projects();
        let mut sums = Sums::default();
        let mut next = match &only {
            Some(only) => Some(only.as_str().to_owned()),
            None => checks.next_project(None).map_err(Failure::new)?,
        };
        while let Some(project) = next {
            bar.set_message(project.clone());
            let found = if self.repair {
                checks.repair_counts(&project)
            } else {
                checks.check_counts(&project)
            };
            let found = found.map_err(|error| Failure::new(error).during(&project))?;
            self.print(&bar, &project, &found)?;
            sums.add(&found);
            bar.inc(1);
            next = match &only {
                Some(_) => None,
                None => checks.next_project(Some(&project)).map_err(Failure::new)?,
            };
        }
        bar.finish_and_clear();
        self.conclude(&sums)
    }

    /// Prints what is wrong with a project.
    fn print(&self, bar: &ProgressBar, project: &str, found: &CountCheck) -> Result<(), Failure> {
        let print = |line: String| bar.suspend(|| print_line(line));
        for wrong in &found.differences {
            let (day, kept, records) = (wrong.day.to_string(), wrong.kept, wrong.records);
            print(if self.json {
                json!({"project": project, "day": day, "kept": kept, "records": records})
                    .to_string()
            } else {
                format!("{project}: {day}: the number is {kept}, and there are {records} records")
            })?;
        }
        let repeated = found.repeated;
        if repeated > 0 {
            print(if self.json {
                json!({"project": project, "repeated": repeated}).to_string()
            } else {
                format!("{project}: {repeated} records are of a connection that has another record")
            })?;
        }
        Ok(())
    }

    fn conclude(&self, sums: &Sums) -> Result<Ending, Failure> {
        let Sums {
            projects,
            records,
            days,
            differences,
            repeated,
        } = *sums;
        if self.json {
            let sums = json!({
                "projects": projects,
                "records": records,
                "days": days,
                "differences": differences,
                "repeated": repeated,
                "repaired": self.repair,
            });
            print_line(sums)?;
        } else {
            let became = match (differences, self.repair) {
                (0, _) => "every number is right",
                (_, false) => "--repair corrects the numbers",
                (_, true) => "they were corrected",
            };
            print_line(format_args!(
                "checked {projects} projects with {records} records on {days} days: {differences} numbers differ; {became}"
            ))?;
        }
        let is_right = repeated == 0 && (differences == 0 || self.repair);
        Ok(if is_right {
            Ending::Done
        } else {
            Ending::Differences
        })
    }
}

impl Sums {
    fn add(&mut self, found: &CountCheck) {
        self.projects += 1;
        self.records += found.records;
        self.days += found.days;
        self.differences += found.differences.len() as u64;
        self.repeated += found.repeated;
    }
}
