"""The app in the browser: its build, and its files over HTTP."""

from server.web.building import (
    AppBuildError,
    build_app,
    built_directory,
    check_app,
    install_packages,
    node_program,
    sources_directory,
    write_generated,
)
from server.web.files import AppFiles, load_files

__all__ = [
    "AppBuildError",
    "AppFiles",
    "build_app",
    "built_directory",
    "check_app",
    "install_packages",
    "load_files",
    "node_program",
    "sources_directory",
    "write_generated",
]
