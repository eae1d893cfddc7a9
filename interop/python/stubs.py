"""Generates Python's gRPC modules from the tower's proto files."""

import sys
from pathlib import Path

import common  # python-teos's package
from grpc_tools import protoc


def generate(protos: Path, out: Path) -> None:
    """Writes the modules into `out`, and makes that folder importable."""
    files = sorted(str(file.relative_to(protos)) for file in protos.rglob("*.proto"))
    bundled = Path(protoc.__file__).parent / "_proto"
    arguments = [
        "protoc",
        f"--proto_path={protos}",
        f"--proto_path={bundled}",
        f"--python_out={out}",
        f"--grpc_python_out={out}",
    ]
    if protoc.main(arguments + files) != 0:
        raise RuntimeError("protoc failed")
    # python-teos has packages with the same names. Its "teos" is replaced; its "common" is needed.
    (out / "teos" / "__init__.py").touch()
    sys.path.insert(0, str(out))
    common.__path__.append(str(out / "common"))
