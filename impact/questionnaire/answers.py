"""The answers of an assessment, read against a pack.

In: located YAML and a pack. Out: frozen answers, each of the type its question asks for; or every fault at once.
Refuses to judge visibility or scores (evaluate.py and score.py do) and to open evidence files (it only names them).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from impact.errors import AnswerError
from impact.questionnaire.answer import Answer, Evidence, Judged
from impact.questionnaire.entries import Reader
from impact.questionnaire.question import Asks
from impact.yamlfile import Located

__all__ = ["Answer", "Answers", "Evidence", "Judged", "read_answers"]


@dataclass(frozen=True)
class Answers:
    """All answers given, by question id, in the order of the file."""

    given: Mapping[str, Answer] = field(default_factory=dict)

    def __getitem__(self, question: str) -> Answer:
        return self.given[question]

    def __contains__(self, question: object) -> bool:
        return question in self.given

    def __iter__(self) -> Iterator[str]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)

    def get(self, question: str) -> Answer | None:
        return self.given.get(question)

    def evidence_files(self) -> list[tuple[str, str]]:
        """Every cited file with the question that cites it, in the order of the answers; a file may occur twice."""
        return [(name, item.file) for name, given in self.given.items() for item in given.evidence if item.file]


def read_answers(located: Located, pack: Asks) -> Answers:
    """Answers of an assessment file, from its key ``answers``; a missing or empty key is no answer at all.

    Raises:
        AnswerError: A010 to A032 (docs/pack-format.md), every fault of the answers, in file order.

    >>> from impact.yamlfile import parse
    >>> from impact.resources import find
    >>> from impact.settings import Settings
    >>> from impact.questionnaire.load import load_pack
    >>> pack = load_pack(find("questionnaires", "uk-policing", Settings()))
    >>> read_answers(parse("answers: {A9: 45000}", name="a.yaml", family="A"), pack)["A9"].value
    45000.0
    """
    reader = Reader(located, pack)
    given = reader.read()
    if reader.faults:
        raise AnswerError(reader.in_order())
    return Answers(given)
