"""The plan of a project: its network dated anew after each change, its progress, its baselines."""
