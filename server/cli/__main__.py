"""Run `derrick` as `python -m server.cli`, wherever its script is installed."""

from server.cli import main

if __name__ == "__main__":
    main(prog_name="derrick")
