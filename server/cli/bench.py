"""`derrick bench`: measure the whole path against the machine's own limits."""

import sys
from importlib import import_module
from pathlib import Path

import click


@click.command()
@click.option("--quick", is_flag=True, help="Under 40 seconds, with fewer rows stored.")
@click.option("--app", "in_browser", is_flag=True, help="The app in Chromium, and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def bench(*, quick: bool, in_browser: bool, as_json: bool) -> None:
    """Measure merge, pull and delivery; print each as a ratio to what the machine can do."""
    root = Path(__file__).resolve().parents[2]
    if not (root / "tests" / "bench").is_dir():
        raise click.ClickException("the benchmarks are in a checkout's tests/bench; run it there")
    sys.path.insert(0, str(root))
    report = "tests.bench.app_report" if in_browser else "tests.bench.report"
    import_module(report).run(quick=quick, as_json=as_json)
