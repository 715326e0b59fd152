"""The embedded S3 server keeps files through a kill."""

import os
import signal
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from server.settings import load_settings
from server.stack import Stack
from server.stack.objects import ObjectsAddress, s3_client


def test_files_survive_a_kill(tmp_path: Path) -> None:
    """What S3 has answered for is there after SIGKILL and another start; strangers are refused."""
    settings = load_settings({}, data_directory=tmp_path)
    body = os.urandom(300_000)
    with Stack(settings, parts=["objects"]) as stack:
        client = s3_client(stack.s3, settings.s3_region)
        client.put_object(Bucket=settings.s3_bucket, Key="photo", Body=body)
        client.close()
        server = stack.parts["objects"].child.pid
        assert server is not None
        os.kill(server, signal.SIGKILL)
    with Stack(settings, parts=["objects"]) as stack:
        client = s3_client(stack.s3, settings.s3_region)
        answer = client.get_object(Bucket=settings.s3_bucket, Key="photo")
        assert answer["Body"].read() == body
        client.close()
        stranger = s3_client(
            ObjectsAddress(stack.s3.endpoint_url, stack.s3.access_key, "wrong"), settings.s3_region
        )
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            stranger.list_buckets()
        stranger.close()
