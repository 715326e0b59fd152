"""PostgreSQL's configuration, fitted to the machine and durable."""

import os
from pathlib import Path

from server.stack.ports import LOOPBACK

_MEGABYTE = 1024 * 1024


def postgres_settings(
    *, memory_bytes: int, port: int, sockets: Path, durable: bool
) -> dict[str, str]:
    """Return the server's configuration for a small machine of `memory_bytes`."""
    shared_megabytes = max(32, min(512, memory_bytes // 8 // _MEGABYTE))
    settings = {
        "listen_addresses": LOOPBACK,
        "port": str(port),
        "unix_socket_directories": f'"{sockets}"',  # a list: quoted, a comma is no separator
        "cluster_name": "derrick",
        "max_connections": "120",
        "shared_buffers": f"{shared_megabytes}MB",
        "effective_cache_size": f"{max(64, memory_bytes // 2 // _MEGABYTE)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{max(32, shared_megabytes // 4)}MB",
        "huge_pages": "try",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "wal_level": "replica",  # base backups and point-in-time recovery
        # The wheel's build knows only pglz, which costs more processor than it saves disk.
        "wal_compression": "off",
        "wal_buffers": "16MB",
        "min_wal_size": "256MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        "random_page_cost": "1.1",  # the disks of tablets' servers have no heads to move
        "jit": "off",
        "track_io_timing": "off",
        "password_encryption": "scram-sha-256",
        "log_timezone": "UTC",
        "timezone": "UTC",
        "lc_messages": "C",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_checkpoints": "off",
    }
    if not durable:
        settings |= {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": "64MB",
            "min_wal_size": "80MB",
            "autovacuum_naptime": "10min",
        }
    return settings


def machine_memory_bytes() -> int:
    """Return the memory that this machine, or the container that holds us, has."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return machine
    return min(machine, int(limit)) if limit.isdigit() else machine
