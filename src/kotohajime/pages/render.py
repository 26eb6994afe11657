"""Fill the templates; each HTML page stands alone, without a network."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from kotohajime import made


class Loader(PackageLoader):
    """Find the templates; remember which were used."""

    def get_source(self, environment: Environment, template: str) -> tuple:
        """Return a template's text."""
        made.note_template(f"pages/templates/{template}")
        return super().get_source(environment, template)


def render(template: str, **values: object) -> str:
    """Return a page from templates/; a value that the template lacks is an error."""
    loader = Loader("kotohajime.pages")
    environment = Environment(
        loader=loader,
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values) + "\n"


def text_of(name: str) -> str:
    """Return a file of templates/ as it is."""
    made.note_template(f"pages/templates/{name}")
    return (made.PACKAGE / "pages/templates" / name).read_text(encoding="utf-8")
