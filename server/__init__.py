"""The central server: one code base, several processes."""
