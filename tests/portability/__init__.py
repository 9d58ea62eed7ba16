"""One dbt project, three engines: every model compiled for the two that are not wired up here, and judged."""
