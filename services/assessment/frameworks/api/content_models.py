"""The shape of framework content as it is sent; what it must mean is checked when it is published."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from shared.errors import Invalid
from shared.http.problems import pointers
from shared.http.strict_types import Prose

Tag = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]
Words = Prose
Text = Annotated[dict[Tag, Words], Field(min_length=1, max_length=40)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,31}$")]
Points = Annotated[int, Field(ge=1, le=5)]
Described = dict[str, Any]  # said of something in words and numbers of its own
Vocabulary = Annotated[list[Described], Field(max_length=200)]
Weight = Annotated[int, Field(ge=1, le=10)]


class Part(BaseModel):
    """Every part has the fields named here and no others, so that a misspelt one is noticed."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Named(Part):
    """Something with a code and a name in several languages."""

    code: Code
    name: Text


class Competency(Named):
    """A competency, in a domain."""

    domain: Code | None = None


class Stage(Named):
    """A level with its focus and whom it is for."""

    focus: Text | None = None
    audience: Text | None = None


class Item(Part):
    """One behaviour: `text` completes the rater's stem, `self_text` is the whole sentence for oneself."""

    code: Code
    competency: Code
    level: Code
    text: Text
    self_text: Text
    theme: Code | None = None


class Category(Named):
    """Raters of one relation; weights in hundredths."""

    weight: int = Field(ge=0, le=100)
    note: Text | None = None


class Scale(Part):
    """The rating scale with its anchors."""

    minimum: int
    maximum: int
    anchors: list[Described] = Field(max_length=20)
    not_applicable: Described | None = None


class Framework(Part):
    """A whole framework. `code` and `version` are those of the address and may be left out.

    What raters are not asked, such as domains or approaches, is kept as it is written.
    """

    code: str | None = None
    version: int | None = None
    description: Text | None = None
    languages: list[Tag] = Field(min_length=1, max_length=40)
    default_language: Tag
    name: Text
    competencies: list[Competency] = Field(max_length=100)
    levels: list[Stage] = Field(max_length=20)
    scale: Scale
    rater_categories: list[Category] = Field(max_length=20)
    items: list[Item] = Field(max_length=1000)
    stems: Described | None = None
    relevance: Described | None = None
    domains: Vocabulary = []
    settings: Vocabulary = []
    approaches: Vocabulary = []
    deliveries: Vocabulary = []
    evaluation_levels: Vocabulary = []
    indicator_chain: Vocabulary = []
    conditions: Vocabulary = []


class Core(Part):
    """The published framework version that an overlay adapts."""

    code: Code
    version: int = Field(ge=1)


class Rewording(Part):
    """New wording of a core item, in any of its languages; its code stays."""

    code: str | None = None  # refused when it is published: an overlay keeps the core's codes
    text: Text | None = None
    self_text: Text | None = None


class ScaleWords(Part):
    """Texts of the core's anchors, found by `value`."""

    anchors: list[Described] = Field(default=[], max_length=20)
    not_applicable: Described | None = None


class CategoryWords(Part):
    """Texts of the core's raters of one relation; weights stay."""

    code: Code
    name: Text | None = None
    note: Text | None = None


class Overlay(Part):
    """An adaptation of a published core framework to a context.

    Its texts go over the core's, language by language, also those of `competencies`, `levels`, `scale`,
    `stems`, `relevance` and `rater_categories`. A language that it adds is served, text by text.
    """

    code: str | None = None
    version: int | None = None
    framework: Core
    name: Text
    description: Text | None = None
    themes: Vocabulary = []
    languages: list[Tag] = Field(default=[], max_length=40)
    domains: Vocabulary = []
    scale: ScaleWords | None = None
    stems: Described | None = None
    relevance: Described | None = None
    rater_categories: list[CategoryWords] = Field(default=[], max_length=20)
    items: list[Item] = Field(default=[], max_length=1000)
    disabled_items: list[Code] = Field(default=[], max_length=1000)
    renamed_items: dict[Code, Rewording] = {}
    competencies: list[Competency] = Field(default=[], max_length=100)
    levels: list[Stage] = Field(default=[], max_length=20)
    weights: dict[Code, Weight] = {}
    targets: dict[Code, Points] = {}


def checked(content: dict[str, Any]) -> dict[str, Any]:
    """Content of the right shape, as it was sent. Raises Invalid `input-invalid` with pointers."""
    kind: type[Part] = Overlay if "framework" in content else Framework
    try:
        parsed = kind.model_validate(content)
    except ValidationError as error:
        raise Invalid(
            "input-invalid", "The content is not shaped as one; see errors.", pointers(error.errors())
        ) from None
    return parsed.model_dump(mode="json", exclude_unset=True)
