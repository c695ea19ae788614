//! Counting tests over many test programs, whichever runner prints the result.

/// How many tests passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed, ran out of time or did not start.
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds a line of output, if it is a result: libtest's `test result:` or nextest's `Summary [`.
    pub(crate) fn see(&mut self, line: &str) {
        let line = line.trim_start();
        if !line.starts_with("test result:") && !line.starts_with("Summary [") {
            return;
        }
        let words: Vec<_> = line.split_whitespace().collect();
        for pair in words.windows(2) {
            let [count, what] = pair else { continue };
            let Ok(count) = count.trim_start_matches('(').parse::<u64>() else {
                continue;
            };
            match what.trim_end_matches([';', ',', ')']) {
                "passed" => self.passed += count,
                "failed" | "exec" | "timed" => self.failed += count,
                _ => {}
            }
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str]) -> String {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.see(line));
        tally.to_string()
    }

    #[test]
    fn libtest_results_add_up() {
        let result = tally(&[
            "running 3 tests",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.01s\n",
            "test result: ok. 7 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
        ]);
        assert_eq!(result, "9 passed, 1 failed");
    }

    #[test]
    fn nextest_counts_what_hung_or_did_not_start_as_failed() {
        let result = tally(&[
            "        PASS [   0.004s] xtask tally::tests::something 3 failed",
            "     Summary [   9.120s] 12 tests run: 8 passed (1 slow, 1 leaky), 2 failed, 1 exec failed, 1 timed out, 0 skipped",
        ]);
        assert_eq!(result, "8 passed, 4 failed");
    }
}
