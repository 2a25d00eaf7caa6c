"""The narrative of a resource: XHTML that says something and does nothing (FHIR R4, 2.4.0.1)."""

from collections.abc import Mapping
from typing import Any

from lxml import etree

XHTML = "{http://www.w3.org/1999/xhtml}"
TAGS = frozenset({
    "a", "abbr", "acronym", "b", "big", "blockquote", "br", "caption", "cite", "code", "col", "colgroup",
    "dd", "dfn", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol",
    "p", "pre", "q", "samp", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "tt", "ul", "var",
})  # fmt: skip
ATTRIBUTES = frozenset({
    "abbr", "alt", "axis", "border", "cellpadding", "cellspacing", "char", "charoff", "class", "colspan",
    "dir", "frame", "headers", "height", "id", "lang", "name", "rowspan", "rules", "scope", "span",
    "summary", "title", "valign", "width",
})  # fmt: skip


def is_safe(document: Mapping[str, Any]) -> bool:
    """Whether the narrative, where there is one, is one `div` of text: no scripts, styles or addresses."""
    text = document.get("text")
    if not isinstance(text, Mapping) or not isinstance(text.get("div"), str):
        return True
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    if "<!" in text["div"] or "<?" in text["div"]:
        return False
    try:
        root = etree.fromstring(text["div"], parser)
    except (etree.XMLSyntaxError, ValueError):
        return False
    return root.tag == f"{XHTML}div" and all(_is_plain(each) for each in root.iter())


def _is_plain(element: etree._Element) -> bool:
    tag = str(element.tag)
    plain = tag.startswith(XHTML) and tag.removeprefix(XHTML) in TAGS
    return plain and all(str(name) in ATTRIBUTES for name in element.attrib)
