"""How large the built layers and functions are, zipped as a deployment does."""

import io
import zipfile
from pathlib import Path

from tests.bench.harness import Row, Sizes
from tests.bench.startup import FUNCTIONS
from tests.emulated.build import BUILD

_KB = 1024
_LAYERS = ("DependenciesLayer", "ZonosOrdersLayer")


def rows(_sizes: Sizes) -> list[Row]:
    if not (BUILD / "template.yaml").exists():
        return [
            Row("size", "layers ≤ 4 MB, each function ≤ 50 KB", "not measured: run `make sam`", is_met=False)
        ]
    layers = {name: _zipped(BUILD / name) for name in _LAYERS}
    functions = {name: _zipped(BUILD / logical_id) for name, logical_id in FUNCTIONS.items()}
    together, largest = sum(layers.values()), max(functions.values())
    return [
        Row(
            "size, zipped",
            "layers ≤ 4 MB, each function ≤ 50 KB",
            f"layers {together / _KB / _KB:.2f} MB, largest function {largest / _KB:.1f} KB",
            together <= 4 * _KB * _KB and largest <= 50 * _KB,
            {"bytes": layers | functions},
        )
    ]


def _zipped(folder: Path) -> int:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return content.tell()
