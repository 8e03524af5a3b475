//! The process, by the names that Prometheus's own client libraries use, from Linux's `/proc`.

use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

/// Linux counts CPU time for programs in hundredths of a second, on every architecture that Rust supports.
const TICKS_PER_SECOND: f64 = 100.0;

/// Reads the process when it is asked for.
#[derive(Debug)]
pub(crate) struct Process;

/// What `/proc` says of this process. What it does not say is left out.
#[derive(Debug, Default, PartialEq)]
struct Reading {
    cpu_seconds: Option<f64>,
    start_seconds: Option<f64>,
    resident_bytes: Option<i64>,
    virtual_bytes: Option<i64>,
    threads: Option<i64>,
    open_descriptors: Option<i64>,
    max_descriptors: Option<i64>,
}

impl Reading {
    fn now() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let descriptors = fs::read_dir("/proc/self/fd").map(Iterator::count).ok();
        Self {
            // The one by which they are listed is not counted.
            open_descriptors: descriptors
                .and_then(|count| i64::try_from(count.saturating_sub(1)).ok()),
            max_descriptors: descriptor_limit(),
            ..Self::of(
                &read("/proc/self/stat"),
                &read("/proc/self/status"),
                &read("/proc/stat"),
            )
        }
    }

    fn of(stat: &str, status: &str, system: &str) -> Self {
        // The name of the program, in parentheses, may hold anything.
        let fields: Vec<&str> = stat
            .rsplit_once(')')
            .map(|(_, fields)| fields.split_whitespace().collect())
            .unwrap_or_default();
        let ticks = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
        let seconds = |field| Some(ticks(field)? / TICKS_PER_SECOND);
        let kilobytes = |name| Some(number(status, name)? * 1024);
        Self {
            cpu_seconds: seconds(14)
                .zip(seconds(15))
                .map(|(user, system)| user + system),
            start_seconds: seconds(22).zip(system_start(system)).map(|(a, b)| a + b),
            resident_bytes: kilobytes("VmRSS:"),
            virtual_bytes: kilobytes("VmSize:"),
            threads: number(status, "Threads:"),
            ..Self::default()
        }
    }
}

/// The number behind a name, on a line of its own.
fn number(text: &str, name: &str) -> Option<i64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// When the system started, in seconds.
fn system_start(system: &str) -> Option<f64> {
    let line = system
        .lines()
        .find_map(|line| line.strip_prefix("btime "))?;
    line.trim().parse().ok()
}

/// How many descriptors the process may have open at once, where the system says so.
pub fn descriptor_limit() -> Option<i64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    number(&limits, "Max open files")
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let reading = Reading::now();
        if let Some(seconds) = reading.cpu_seconds {
            let counter = ConstCounter::new(seconds);
            let help = "CPU time that the process used";
            let metric = encoder.encode_descriptor(
                "process_cpu",
                help,
                Some(&Unit::Seconds),
                counter.metric_type(),
            )?;
            counter.encode(metric)?;
        }
        if let Some(seconds) = reading.start_seconds {
            let gauge = ConstGauge::new(seconds);
            let help = "When the process started, since 1970";
            let unit = Some(&Unit::Seconds);
            let metric =
                encoder.encode_descriptor("process_start_time", help, unit, gauge.metric_type())?;
            gauge.encode(metric)?;
        }
        for (name, help, unit, value) in [
            (
                "process_resident_memory",
                "Memory of the process that is in RAM",
                Some(Unit::Bytes),
                reading.resident_bytes,
            ),
            (
                "process_virtual_memory",
                "Address space of the process",
                Some(Unit::Bytes),
                reading.virtual_bytes,
            ),
            (
                "process_threads",
                "Threads of the process",
                None,
                reading.threads,
            ),
            (
                "process_open_fds",
                "Descriptors that the process has open",
                None,
                reading.open_descriptors,
            ),
            (
                "process_max_fds",
                "Descriptors that the process may have open",
                None,
                reading.max_descriptors,
            ),
        ] {
            let Some(value) = value else { continue };
            let gauge = ConstGauge::new(value);
            let metric =
                encoder.encode_descriptor(name, help, unit.as_ref(), gauge.metric_type())?;
            gauge.encode(metric)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name_is() {
        let stat = "42 (a) b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 7 0 1234 99 1";
        let status = "Name:\ta) b\nVmSize:\t  2000 kB\nVmRSS:\t  1000 kB\nThreads:\t7\n";
        let reading = Reading::of(stat, status, "cpu 1 2\nbtime 1000\n");
        let expected = Reading {
            cpu_seconds: Some(2.0),
            start_seconds: Some(1012.34),
            resident_bytes: Some(1_024_000),
            virtual_bytes: Some(2_048_000),
            threads: Some(7),
            ..Reading::default()
        };
        assert_eq!(reading, expected);
        assert_eq!(Reading::of("", "", ""), Reading::default());
    }

    #[test]
    fn this_process_has_memory_threads_and_descriptors() {
        let reading = Reading::now();
        assert!(reading.resident_bytes > Some(1_000_000), "{reading:?}");
        assert!(reading.threads > Some(0) && reading.open_descriptors > Some(0));
        assert!(reading.open_descriptors < reading.max_descriptors);
        assert!(reading.start_seconds > Some(1.6e9), "{reading:?}");
    }
}
