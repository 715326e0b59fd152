"""Options that several commands share."""

from pathlib import Path

import click

data_option = click.option(
    "--data", type=click.Path(path_type=Path), help="Directory that keeps all data."
)
