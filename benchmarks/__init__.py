"""What is measured, always as a ratio against a named peer or a physical limit in the same run."""
