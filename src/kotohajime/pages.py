"""Fill the HTML templates; each page stands alone, without a network."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(template: str, **values: object) -> str:
    """Return a page from templates/; a value that the template lacks is an error."""
    loader = PackageLoader("kotohajime")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(template).render(**values) + "\n"
