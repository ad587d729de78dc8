"""A cluster that trusts only who has a certificate."""

from __future__ import annotations

import datetime as dt
import ssl

import dask
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from dask_at_hand import Hired
from workers_at_hand import ARITHMETIC, collected, content, tasks

from qspec.workers.cluster import Cluster

LOAD = ssl.SSLContext.load_verify_locations  # of which other tests are spared


def write_certificate(folder):
    """One certificate that is its own authority, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))


def test_a_cluster_may_be_reached_by_tls(tmp_path, monkeypatch):
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", LOAD)
    write_certificate(tmp_path)
    settings = {"ca-file": str(tmp_path / "cert.pem")}
    for who in ("client", "scheduler", "worker"):
        settings |= {f"{who}.{what}": str(tmp_path / f"{what}.pem") for what in ("cert", "key")}
    for name, path in settings.items():
        variable = name.replace(".", "__").replace("-", "_").upper()
        monkeypatch.setenv(f"DASK_DISTRIBUTED__COMM__TLS__{variable}", path)
    hired = Hired(tmp_path, "--protocol", "tls")
    try:
        assert hired.address.startswith("tls://")
        hired.worker("--no-nanny")
        with dask.config.set({f"distributed.comm.tls.{name}": path for name, path in settings.items()}):
            came = collected(Cluster(ARITHMETIC, hired.address), tasks(10), content())
    finally:
        hired.end()
    assert came.numbers() == {item: item * item for item in range(10)}
