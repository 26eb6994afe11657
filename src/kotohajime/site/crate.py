"""Describe results/ as a Workflow Run RO-Crate, from the records beside the results; `make crate` does this.

The profile is Provenance Run Crate 0.5 (https://w3id.org/ro/wfrun/provenance/0.5). Each command that made results is an
action, its module the tool that it used. It holds no time of day, so that the same results give the same bytes.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml
from rocrate.model.computationalworkflow import ComputationalWorkflow
from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from kotohajime import provenance
from kotohajime.cli import run
from kotohajime.io import UserError, read_text, replace
from kotohajime.text import words

RUN_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
FORMATS = {".csv": "text/csv", ".html": "text/html", ".ipynb": "application/x-ipynb+json", ".json": "application/json",
           ".md": "text/markdown", ".npz": "application/zip", ".png": "image/png", ".svg": "image/svg+xml"}  # fmt: skip


def records(results: Path) -> dict[tuple[str, str], list[dict]]:
    """Return the records of results by the module and the settings of the command that made them, in a fixed order."""
    commands: dict[tuple[str, str], list[dict]] = {}
    for path in sorted(results.glob("**/.made/*.json")):
        record = provenance.read(path.parents[1] / path.stem)
        if record and Path(record["result"]).exists():
            commands.setdefault((record["module"], record["settings"]), []).append(record)
    return dict(sorted(commands.items()))


class Workflow(ComputationalWorkflow):
    """A workflow whose steps are told."""

    TYPES = [*ComputationalWorkflow.TYPES, "HowTo"]  # noqa: RUF012  as the library has it


class Crate:
    """A crate in the making: entities are added once, and found again by their names."""

    def __init__(self, results: Path, snakefile: Path, citation: Mapping) -> None:
        """Begin with the root, its profiles, and the workflow."""
        self.results, self.crate, self.what = results, ROCrate(gen_preview=False, version="1.1"), words("files")
        self.crate.metadata.extra_contexts.append(RUN_TERMS)
        profiles = PROFILES.items()
        for name, value in {
            "name": "Results of kotohajime",
            "description": citation["title"],
            "datePublished": str(citation["date-released"]),
            "license": self.entity("https://spdx.org/licenses/MIT", "CreativeWork", name="MIT License"),
            "conformsTo": [self.entity(url, "CreativeWork", name=name, version=new) for url, (name, new) in profiles],
        }.items():
            self.crate.root_dataset[name] = value
        self.workflow = self.crate.add_workflow(snakefile, "Snakefile", main=True, lang="snakemake", cls=Workflow)
        self.workflow["name"] = "kotohajime"

    def entity(self, identifier: str, kind: str, /, **properties: object) -> ContextEntity:
        """Add an entity that is no file, or return the one of that name."""
        new = ContextEntity(self.crate, identifier, properties={"@type": kind, **properties})
        return self.crate.dereference(identifier) or self.crate.add(new)

    def file(self, path: str, sha256: str) -> ContextEntity:
        """Add a file, with its checksum; of one outside the results, which the crate lacks, the checksum is a value."""
        if not Path(path).is_relative_to(self.results):
            return self.entity(f"#{path}", "PropertyValue", name=path, value=sha256)
        name = Path(path).relative_to(self.results).as_posix()
        properties = {"name": name, "sha256": sha256, "encodingFormat": FORMATS.get(Path(path).suffix, "text/plain")}
        if name in self.what:
            properties["description"] = self.what[name]
        return self.crate.dereference(name) or self.crate.add_file(path, name, properties=properties)

    def parameter(self, module: str, way: str, file: ContextEntity) -> ContextEntity:
        """Add what a module takes or makes, of which a file is an example."""
        name, kind = Path(file.id).name, "Text" if file.type == "PropertyValue" else "File"
        parameter = self.entity(f"#{module}/{way}/{name}", "FormalParameter", name=name, additionalType=kind)
        for one, way, other in ((parameter, "workExample", file), (file, "exampleOfWork", parameter)):
            if other not in one.get(way, []):
                one.append_to(way, other)
        return parameter

    def action(self, number: int, module: str, settings: str, made: Iterable[Mapping]) -> ContextEntity:
        """Add a command that was run: what it took, what it made, and with which tool; return the action."""
        command = f"kotohajime.{module} {settings}".strip()
        inputs = {path: sha256 for record in made for path, sha256 in record["inputs"].items()}
        tool = self.entity(f"#kotohajime.{module}", "SoftwareApplication", name=f"kotohajime.{module}")
        taken = [self.file(path, sha256) for path, sha256 in sorted(inputs.items())]
        results = [self.file(record["result"], record["sha256"]) for record in made]
        for way, files in (("input", taken), ("output", results)):
            for file in files:
                parameter = self.parameter(module, way, file)
                for owner in (tool, self.workflow):
                    if parameter not in owner.get(way, []):
                        owner.append_to(way, parameter)
        return self.entity(
            f"#run/{number}", "CreateAction", name=command, instrument=tool, object=taken, result=results
        )


def describe(results: Path, snakefile: Path, citation: Mapping) -> ROCrate:
    """Return the crate of a folder of results; UserError if nothing in it has a record."""
    commands = records(results)
    if not commands:
        raise UserError(f"{results} holds no result with a record. Run make first.")
    crate = Crate(results, snakefile, citation)
    packages = {name: version for made in commands.values() for name, version in made[0]["machine"]["packages"].items()}
    crate.workflow["softwareRequirements"] = [
        crate.entity(f"#package/{name}", "SoftwareApplication", name=name, softwareVersion=version)
        for name, version in packages.items()
    ]
    engine = crate.entity("#snakemake", "SoftwareApplication", name="Snakemake")
    actions, controls = [], []
    for number, ((module, settings), made) in enumerate(commands.items(), 1):
        action = crate.action(number, module, settings, made)
        step = crate.entity(f"#step/{module}", "HowToStep", name=module, workExample=action["instrument"])
        if step not in crate.workflow.get("step", []):
            crate.workflow.append_to("step", step)
            crate.workflow.append_to("hasPart", action["instrument"])
        control = {"name": f"{module}, command {number}", "instrument": step, "object": action}
        controls.append(crate.entity(f"#control/{number}", "ControlAction", **control))
        actions.append(action)
    whole = crate.entity("#run", "CreateAction", name="the run of the workflow", instrument=crate.workflow)
    for way in ("object", "result"):
        whole[way] = list({file.id: file for action in actions for file in action.get(way, [])}.values())
    crate.entity(
        "#organisation", "OrganizeAction", name="the run by Snakemake", instrument=engine, result=whole, object=controls
    )
    crate.crate.root_dataset["mentions"] = [whole, *actions]
    return crate.crate


def main(*, results: Path, snakefile: Path, citation: Path) -> None:
    """Write ro-crate-metadata.json, and a copy of the Snakefile, into a folder of results.

    Args:
        results: the folder, as it is named in the records.
        snakefile: the workflow.
        citation: the project's CITATION.cff: title, and the date that the crate bears.
    """
    crate = describe(results, snakefile, yaml.safe_load(read_text(citation)))
    replace(results / snakefile.name, snakefile.read_bytes())
    crate.metadata.write(results)
    print(f"wrote {results / 'ro-crate-metadata.json'}")


if __name__ == "__main__":
    run(main)
