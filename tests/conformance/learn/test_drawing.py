"""A drawing holds every state and every move that changes it, and red ones are red."""

from __future__ import annotations

from xml.etree import ElementTree

from tests.conformance.learn.machines import turnstile
from ykt_conformance.learn.drawing import svg

_SVG = "{http://www.w3.org/2000/svg}"
_MARKS = {(2, "push"): "R-FREE"}


def _drawn(title: str = "gate") -> ElementTree.Element:
    return ElementTree.fromstring(svg(title, turnstile(), ("closed", "half"), _MARKS))  # noqa: S314


def test_each_state_has_a_box_and_none_lies_on_another() -> None:
    root = _drawn()
    boxes = [
        tuple(float(rect.get(name, "0")) for name in ("x", "y", "width", "height"))
        for rect in (group.find(f"{_SVG}rect") for group in root.iter(f"{_SVG}g"))
        if rect is not None
    ]
    assert len(boxes) == 3
    for n, (x, y, width, height) in enumerate(boxes):
        assert x + width <= float(root.get("width", "0"))
        assert y + height <= float(root.get("height", "0"))
        for x2, y2, width2, height2 in boxes[:n]:
            assert x >= x2 + width2 or x2 >= x + width or y >= y2 + height2 or y2 >= y + height


def test_rows_say_what_changes_the_state_and_the_rest_is_counted() -> None:
    texts = ["".join(text.itertext()) for text in _drawn().iter(f"{_SVG}text")]
    assert "0  closed" in texts
    assert "pay / paid 1  > 1" in texts
    assert "1 more change nothing" in texts
    assert not any(text.startswith("push / 6901  > 0") for text in texts[:4])
    titles = ["".join(title.itertext()) for title in _drawn().iter(f"{_SVG}title")]
    assert "push / 6901" in titles


def test_what_breaks_a_rule_is_red_and_says_which() -> None:
    root = _drawn()
    wrong = [text for text in root.iter(f"{_SVG}text") if text.get("class") == "wrong"]
    assert ["".join(text.itertext()) for text in wrong] == ["push / 9000  > 0  R-FREE"]
    assert sum("bad" in (path.get("class") or "") for path in root.iter(f"{_SVG}path")) == 1


def test_a_title_is_text_and_nothing_else() -> None:
    root = _drawn("<b>&")
    assert root.findtext(f"{_SVG}title") == "<b>&"
