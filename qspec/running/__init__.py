"""From a plan to a run folder: jobs, results, sinks, verdicts."""
