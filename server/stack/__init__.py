"""The embedded PostgreSQL, Valkey and S3: real servers from their wheels, in one directory."""

from server.stack.directory import DataDirectory, keep_secret
from server.stack.errors import StackError
from server.stack.objects import ObjectsAddress
from server.stack.ports import free_port, port_is_free
from server.stack.postgres import APP_ROLE, DATABASE, OWNER_ROLE, postgres_programs
from server.stack.stack import Addresses, PartName, Stack, attach, parts_needed, server_url

__all__ = [
    "APP_ROLE",
    "DATABASE",
    "OWNER_ROLE",
    "Addresses",
    "DataDirectory",
    "ObjectsAddress",
    "PartName",
    "Stack",
    "StackError",
    "attach",
    "free_port",
    "keep_secret",
    "parts_needed",
    "port_is_free",
    "postgres_programs",
    "server_url",
]
