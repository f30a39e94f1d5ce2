"""s3fs, and so what pandas, dask and others open as s3://: a file system on top of aiobotocore."""

import asyncio

import fsspec
import pytest
import s3fs


@pytest.fixture
def bucket(app):
    app.client("s3").create_bucket(Bucket="bucket")
    return "bucket"


@pytest.fixture
def files(bucket, key):
    """A file system that keeps what it writes under a key. Instances are cached, with the credentials of a test before."""
    return s3fs.S3FileSystem(
        s3_additional_kwargs={"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}, skip_instance_cache=True
    )


def test_what_is_written_is_kept_under_the_key_and_read_back(app, files, bucket, key):
    with files.open("bucket/folder/k", "wb") as file:
        file.write(b"secret")
    assert app.client("s3").head_object(Bucket=bucket, Key="folder/k")["SSEKMSKeyId"] == key
    with files.open("bucket/folder/k", "rb") as file:
        assert file.read() == b"secret"
    assert files.cat_file("bucket/folder/k", start=2, end=4) == b"cr"
    assert files.ls("bucket/folder") == ["bucket/folder/k"]


def test_files_are_uploaded_downloaded_copied_and_removed(files, tmp_path):
    big = tmp_path / "big"
    big.write_bytes(b"0123456789" * 600_000)
    files.put(str(big), "bucket/big", chunksize=5 * 2**20)
    files.copy("bucket/big", "bucket/copy")
    files.get("bucket/copy", str(tmp_path / "back"))
    assert tmp_path.joinpath("back").read_bytes() == big.read_bytes()
    files.rm("bucket/big")
    assert files.find("bucket") == ["bucket/copy"]


def test_refusals_are_its_own_errors_with_the_reason(files, key, refusal):
    files.pipe("bucket/k", b"secret")
    refusal.befall(key)
    for call in (lambda: files.cat("bucket/k"), lambda: files.pipe("bucket/other", b"")):
        with pytest.raises(OSError, match=refusal.reason) as refused:
            call()
        assert isinstance(refused.value, PermissionError) == (refusal.code == "AccessDeniedException")


def test_asynchronous_use_in_the_own_loop_of_the_test(app, bucket):
    async def there_and_back():
        files = s3fs.S3FileSystem(asynchronous=True, skip_instance_cache=True)
        session = await files.set_session()
        await files._pipe_file("bucket/k", b"secret")
        content = await files._cat_file("bucket/k")
        await session.close()
        return content

    assert asyncio.run(there_and_back()) == b"secret"


def test_fsspec_opens_urls(files):
    files.pipe("bucket/k", b"secret")
    with fsspec.open("s3://bucket/k", "rb", skip_instance_cache=True) as file:
        assert file.read() == b"secret"
