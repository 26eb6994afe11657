"""The list of what the image holds: every package with licence and checksum, in a form that others can read."""

import importlib.util
import json

import pytest
from projects import ROOT

spec = importlib.util.spec_from_file_location("sbom", ROOT / "docker/sbom.py")
sbom = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sbom)

SHA256 = "0123456789abcdef" * 4
NUMPY = {"name": "numpy", "version": "2.4.6", "build": "py312h_0", "subdir": "linux-64", "license": "BSD-3-Clause",
         "sha256": SHA256}  # fmt: skip
OURS = {**NUMPY, "name": "odd", "version": "1", "license": "LicenseRef-as it pleases"}


def valid(told: str) -> bool:
    """Tell whether a list is what CycloneDX's own schema asks for."""
    from cyclonedx.schema import SchemaVersion  # two seconds, which other tests need not wait
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(told) is None


def written(*records: dict) -> str:
    return "\n".join(json.dumps(record, indent=2) for record in records)


def test_it_lists_every_package_with_licence_and_checksum():
    told = sbom.sbom(written(NUMPY, {"cmd": "a history, no package"}, {**OURS, "license": ""}))
    assert valid(told)
    odd, numpy = sorted(json.loads(told)["components"], key=lambda one: one["name"], reverse=True)
    assert numpy["purl"] == "pkg:conda/numpy@2.4.6?build=py312h_0&subdir=linux-64"
    assert numpy["hashes"] == [{"alg": "SHA-256", "content": SHA256}]
    assert numpy["licenses"] == [{"license": {"id": "BSD-3-Clause"}}]
    assert "licenses" not in odd


@pytest.mark.parametrize("licence", ["MIT AND (Apache-2.0 OR BSD-2-Clause)", "LicenseRef-Ours", "free for all"])
def test_any_licence_can_be_told(licence):
    told = sbom.sbom(written({**NUMPY, "license": licence}))
    assert valid(told)
    assert licence in told


def test_the_same_packages_give_the_same_bytes():
    assert sbom.sbom(written(NUMPY, OURS)) == sbom.sbom(written(OURS, NUMPY))


@pytest.mark.parametrize("nothing", ["", '{"cmd": "no package"}'])
def test_nothing_is_no_list(nothing):
    with pytest.raises(ValueError, match="nothing came in"):
        sbom.sbom(nothing)


def test_a_package_without_a_checksum_is_no_part_of_it():
    with pytest.raises(ValueError, match=r"numpy 2\.4\.6: its record has no checksum"):
        sbom.sbom(written({**NUMPY, "sha256": None}))
