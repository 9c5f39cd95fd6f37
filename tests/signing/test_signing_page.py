"""The page of ``impact verify --page``: what it says, to whom, and that no name in a file can do anything to it."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from impact.canonical import canonical_json
from impact.chain.apart import _stopped
from impact.chain.verify import verify_document
from impact.chain.verify_page import page_of
from impact.chain.verify_told import told_by
from impact.report.standalone import check_page
from impact.report.view.verification_words import QUESTIONS
from impact.settings import load_settings

HOSTILE = "<script>alert('x')</script>\u202eJane & Co {{ 7*7 }}"
SHOWN = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;[U+202E]Jane &amp; Co {{ 7*7 }}"


class Reader(HTMLParser):
    """Elements and attributes of a page, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag in names]


def record(**changed: Any) -> dict[str, Any]:
    about = {"title": "A case", "organisation": "Example Council", "date": "2026-11-20", "status": "final"}
    return {"assessment": {**about, "system": {"name": "A tool"}}, "evidence": [], **changed}


def signed_report(world: Any, make: Any, content: Any, **how: Any) -> bytes:
    data = canonical_json(content)
    old, new = (hashlib.sha256(each).hexdigest().encode() for each in (make.record, data))
    signed: bytes = world.sign(make.pdf(attached={"record.json": data}).replace(old, new), **how)
    return signed


def answers(pdf: bytes, trust: Any, now: dt.datetime, repo: Path, **how: Any) -> dict[str, Any]:
    return verify_document(pdf, trust=trust, settings=load_settings(repo), now=now, **how).to_json()


def page(data: dict[str, Any], now: dt.datetime, repo: Path, *, pdf: bytes = b"x", name: str = "report.pdf") -> str:
    return page_of(data, pdf=pdf, name=name, settings=load_settings(repo), now=now)


@pytest.fixture(scope="module")
def good(world: Any, make: Any, now: dt.datetime, repo: Path) -> dict[str, Any]:
    return answers(signed_report(world, make, record()), world.trust(), now, repo)


def test_names_of_strangers_are_shown_and_do_nothing(make: Any, now: dt.datetime, repo: Path, tmp_path: Path) -> None:
    """In a certificate, as authority, as reason, in the record, and as the name of the file."""
    world = make.world(tmp_path, authority=make.authority(name=HOSTILE))
    world.people["Assessor"] = world.authority.issue(HOSTILE)
    about = {**record()["assessment"], "title": HOSTILE, "organisation": HOSTILE}
    pdf = signed_report(world, make, {**record(), "assessment": about}, reason=HOSTILE.replace("\u202e", ""))
    data = answers(pdf, world.trust(), now, repo)
    assert data["ok"], data

    made = page(data, now, repo, name=HOSTILE)

    check_page(made, where="page")
    assert Reader(made).all("script", "img", "link", "iframe") == []
    assert "\u202e" not in made
    assert made.count(SHOWN) >= 6  # heading, file, signer, authority, title, organisation
    assert "49" not in re.findall(r"Jane[^<]*", made)


def test_same_answers_give_the_same_page_but_for_the_time(good: dict[str, Any], now: dt.datetime, repo: Path) -> None:
    later = now + dt.timedelta(minutes=7)

    first, again, other = page(good, now, repo), page(good, now, repo), page(good, later, repo)

    assert first == again
    moved = [a for a, b in zip(first.splitlines(), other.splitlines(), strict=True) if a != b]
    assert moved
    assert all("20 November 2026, 12:00 UTC" in line for line in moved)


def test_page_asks_for_nothing_and_can_be_read_by_a_screen_reader(
    good: dict[str, Any], now: dt.datetime, repo: Path
) -> None:
    read = Reader(page(good, now, repo))
    policy = next(tag["content"] for tag in read.all("meta") if tag.get("http-equiv"))

    assert policy == "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    assert read.all("html") == [{"lang": "en-GB"}]
    assert [tag.get("href") for tag in read.all("a")] == ["#answer"]
    assert len(read.all("h1")) == len(read.all("main")) == 1
    assert all(tag.get("scope") in ("col", "row") for tag in read.all("th"))
    assert len(read.all("caption")) == len(read.all("table")) > 5
    headings = [tag for tag, _ in read.tags if tag in ("h1", "h2", "h3", "h4")]
    assert headings == ["h1", *["h2"] * (len(headings) - 1)]
    anchors = [tag["id"] for tag in read.all("h2")]
    assert len(anchors) == len(set(anchors))


def test_page_says_who_when_by_whose_root_and_what_was_not_checked(
    good: dict[str, Any], now: dt.datetime, repo: Path
) -> None:
    text = re.sub(r"\s+", " ", Reader(page(good, now, repo)).text)

    assert "Everything that was checked holds. 1 question was not checked." in text
    assert "The Assessor: Ada Assessor" in text
    assert "20 November 2026, 12:00 UTC, by the time service “Test Time”, which leads to an authority you chose" in text
    assert good["trust"]["roots"][0]["fingerprint"] in text
    assert "No. The file ends with its one signature, which covers every byte." in text
    assert "Nobody compared the printed pages with the record." in text
    assert "Whether what the report says is true" in text
    assert not [word for word in ("compliant", "passed", "genuine", "unbiased") if word in text.lower()]


def test_page_of_an_unsigned_or_changed_file_says_so_first(world: Any, make: Any, now: dt.datetime, repo: Path) -> None:
    signed = signed_report(world, make, record())
    changed = signed.replace(b"40 40 10 10 re", b"40 40 10 90 re", 1)
    trust = world.trust()

    junk = Reader(page(answers(signed + b" ", trust, now, repo), now, repo, pdf=signed)).text
    assert "but bytes stand in it that this signature does not cover" in junk
    assert "Nothing was added after it" not in junk

    for pdf in (changed, make.pdf(), b"no PDF"):
        text = Reader(page(answers(pdf, trust, now, repo), now, repo, pdf=pdf)).text
        assert text.index("DO NOT RELY ON THIS DOCUMENT") < text.index("What is wrong") < text.index("Who signed")
        assert "Everything that was checked holds" not in text
    said = Reader(page(answers(changed, trust, now, repo), now, repo, pdf=changed)).text
    assert "something that was signed was changed where it stood" in said


def test_page_of_a_file_that_was_given_up(now: dt.datetime, repo: Path) -> None:
    verdict = _stopped("judging the file took more than 4 seconds and was stopped", "", "S124")

    text = Reader(page(dict(verdict.data), now, repo)).text

    assert "DO NOT RELY ON THIS DOCUMENT" in text
    assert "Could the file be judged at all?" in text
    assert "so no figure was computed again" in text


def test_every_question_of_verify_has_words_for_each_answer(now: dt.datetime, repo: Path, good: dict[str, Any]) -> None:
    source = (repo / "impact" / "chain" / "verify.py").read_text() + (
        repo / "impact" / "assessment" / "recompute.py"
    ).read_text()
    keys = set(re.findall(r'(?:_ask|Question|Comparison)\(\s*"(\w+)"', source)) | {"limits"}
    assert {"intact", "whole_file", "findings", "scores", "page"} <= keys
    assert keys <= set(QUESTIONS)

    for key, asked in QUESTIONS.items():
        for holds, words in ((True, asked.yes), (False, asked.no), (None, asked.unasked)):
            data = {**good, "checks": {**good["checks"], key: {"holds": holds, "text": "found"}}}
            assert words in Reader(page(data, now, repo)).text


def test_page_counts_the_figures_and_says_which_rest_on_rows(
    good: dict[str, Any], now: dt.datetime, repo: Path
) -> None:
    ruling = {"verdict": "supported"}
    checks = [{"ruling": {**ruling, "recomputable": again}} for again in (True, True, False)] + [{"ruling": None}]
    audit = {
        "people": 1200,
        "findings": [{}] * 7,
        "tables": {"rates": [{}] * 30, "bounds": [{}] * 4, "note": "text"},
        "disclosure": {"status": "protected", "min_cell": 10, "cells": 90, "small_cells": 0, "suppressed_cells": 12},
        "not_computed": [{"reason": "suppressed"}, {"reason": "suppressed"}],
    }
    told = told_by(record(audit=audit, scoring={"dimensions": [{}] * 8}, claims={"checks": checks}))
    holds = {key: {"holds": True, "text": "they come out the same"} for key in ("cells", "findings", "scores")}

    read = Reader(page({**good, "record": told, "checks": {**good["checks"], **holds}}, now, repo))
    text = re.sub(r"\s+", " ", read.text)

    assert re.search(r"Cases behind the attached counts \(from the attached counts\) ?1,200 ?Yes, all", text)
    for label, number in (("Findings of the audit", 7), ("Rows of figures", 34), ("Dimensions", 8), ("Rulings on", 2)):
        assert re.search(rf"{label}[^)]*\) ?{number} ?Yes, all", text), label
    assert "1 ruling more rests on a model that was fitted to rows about people" in text
    assert "12 counts are withheld" in text
    assert re.search(r"Suppressed to protect people ?2", text)


ODD = [{}, {"assessment": []}, {"assessment": {"title": 1}}, record(audit=[]), record(scoring={"dimensions": 4})]


@pytest.mark.parametrize("odd", [*ODD, record(claims={"checks": [{"ruling": 3}]})])
def test_record_of_another_shape_is_not_told(odd: dict[str, Any]) -> None:
    assert told_by(odd) is None
