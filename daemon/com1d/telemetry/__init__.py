"""Facts become structlog events and Prometheus metrics here, and nowhere else."""
