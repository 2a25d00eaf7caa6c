"""Each image that is used has a line with its digest, or says that it is open; compose can take digests alone."""

import shutil
from pathlib import Path

import pytest
import yaml

from deploy import images
from tests.docs.pages import ROOT

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files that name images, to be changed."""
    (tmp_path / "deploy").mkdir()
    for path in (*ROOT.glob("docker-compose*.yml"), ROOT / "deploy" / "Dockerfile", ROOT / images.LOCK):
        shutil.copy(path, tmp_path / path.relative_to(ROOT))
    return tmp_path


def test_every_image_of_compose_and_of_the_dockerfile_has_its_line():
    assert list(images.check()) == []
    asked = images.used()
    named = {
        one["image"]: name
        for path in ROOT.glob("docker-compose*.yml")
        for name, one in yaml.safe_load(path.read_text())["services"].items()
        if not one.get("image", "$").startswith("$")
    }
    assert {image: names[0] for image, names in asked.items() if names} == named
    assert [image for image, names in asked.items() if not names] == ["python:3.13-slim"]


def test_what_is_used_without_a_line_is_a_finding_and_so_is_a_base_of_its_own(project: Path):
    compose, dockerfile = project / "docker-compose.yml", project / "deploy" / "Dockerfile"
    compose.write_text(compose.read_text().replace("nats:2.15-alpine", "nats:2.16-alpine"))
    dockerfile.write_text(dockerfile.read_text() + "FROM scratch\n")
    assert list(images.check(project)) == [
        "nats:2.16-alpine has no line in deploy/images.lock",
        "deploy/images.lock names nats:2.15-alpine, which nobody uses",
        "deploy/Dockerfile takes scratch past BASE",
    ]


def test_while_a_digest_is_open_nothing_is_released(project: Path):
    known = dict.fromkeys(images.locked(project), DIGEST) | {"nats:2.15-alpine": images.OPEN}
    with pytest.raises(images.Unknown, match=r"nats:2\.15-alpine"):
        images.pinned(known, images.used(project))


def test_digests_are_filled_in_and_compose_takes_them_alone(project: Path):
    images.pin(project, lambda _: DIGEST)
    assert set(images.locked(project).values()) == {DIGEST}
    written = yaml.safe_load(images.pinned(images.locked(project), images.used(project)))["services"]
    assert written["postgres"] == {"image": f"postgres:18-alpine@{DIGEST}"}
    assert written["broker"] == {"build": {"args": {"BASE": f"python:3.13-slim@{DIGEST}"}}}
    compose = yaml.safe_load((project / "docker-compose.yml").read_text())["services"]
    foreign = {name for name, one in compose.items() if not one.get("image", "$").startswith("$")}
    assert foreign <= written.keys()
    assert {name for name, one in compose.items() if "build" in one} == set(images.BUILDING)


@pytest.mark.parametrize("digest", ["", "latest", "sha256:12", DIGEST + "0", DIGEST.upper()])
def test_what_is_no_digest_is_refused(project: Path, digest: str):
    lock = project / images.LOCK
    lock.write_text(lock.read_text().replace("nats:2.15-alpine open", f"nats:2.15-alpine {digest}"))
    with pytest.raises(images.Unknown, match=r"nats:2\.15-alpine has neither"):
        images.locked(project)
