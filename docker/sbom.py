"""Write what the image holds as a CycloneDX SBOM: package, version, licence, checksum, and where it came from.

Reads the records of conda (conda-meta/*.json), one after another; the same records give the same bytes.
"""

import json
import sys

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL


def records(text: str) -> list[dict]:
    """Return the JSON objects of a text that holds several."""
    decoder, found = json.JSONDecoder(), []
    while text := text.lstrip():
        record, end = decoder.raw_decode(text)
        found.append(record)
        text = text[end:]
    return found


def component(record: dict) -> Component:
    """Return a package; ValueError when it has no checksum."""
    name, version, build = record["name"], record["version"], record["build"]
    if not (checksum := record.get("sha256")):
        raise ValueError(f"{name} {version}: its record has no checksum")
    made = [LicenseFactory().make_from_string(record["license"])] if record.get("license") else []
    origin = PackageURL("conda", name=name, version=version, qualifiers={"build": build, "subdir": record["subdir"]})
    return Component(name=name, version=version, type=ComponentType.LIBRARY, purl=origin, bom_ref=f"{name}-{version}",
                     licenses=made, hashes=[HashType(alg=HashAlgorithm.SHA_256, content=checksum)])  # fmt: skip


def sbom(text: str) -> str:
    """Return the SBOM, without the time and the random number that the format allows."""
    held = [record for record in records(text) if "name" in record]  # conda-meta has other files, too
    if not held:
        raise ValueError("nothing came in. The records of an image's packages are in its /opt/conda/conda-meta")
    page = json.loads(JsonV1Dot6(Bom(components=map(component, held))).output_as_string())
    del page["serialNumber"], page["metadata"]["timestamp"]
    return json.dumps(page, indent=1) + "\n"


if __name__ == "__main__":
    try:
        print(sbom(sys.stdin.read()), end="")
    except ValueError as error:
        sys.exit(f"sbom: {error}")
